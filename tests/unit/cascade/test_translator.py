"""What an LLM is asked for a step of a translation, and what is made of its answer."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from livekit.plugins.cascade import (
    CascadeError,
    LLMTranslator,
    SentencePair,
    TranslationRequest,
)
from livekit.plugins.cascade.glossary import MOST_TERMS
from livekit.plugins.cascade.hypothesis import Hypothesis

pytestmark = pytest.mark.unit


class ScriptedLLM(llm.LLM[Any]):
    """Answers with ``words``, one a chunk; fails instead as often as ``failures`` says."""

    def __init__(self, *words: str, failures: int = 0) -> None:
        super().__init__()
        self.words = words
        self.failures = failures
        self.contexts: list[llm.ChatContext] = []
        self.extra_kwargs: Any = None
        self.sent = 0

    def chat(self, *, chat_ctx: llm.ChatContext, **options: Any) -> llm.LLMStream:
        self.contexts.append(chat_ctx)
        self.extra_kwargs = options.get("extra_kwargs")
        conn_options = options.get("conn_options", DEFAULT_API_CONNECT_OPTIONS)
        return _Answer(self, chat_ctx=chat_ctx, tools=[], conn_options=conn_options)


class _Answer(llm.LLMStream):
    async def _run(self) -> None:
        engine = self._llm
        assert isinstance(engine, ScriptedLLM)
        if engine.failures:
            engine.failures -= 1
            raise APIConnectionError("the scripted model fails")
        for word in engine.words:
            engine.sent += 1
            delta = llm.ChoiceDelta(role="assistant", content=word)
            self._event_ch.send_nowait(llm.ChatChunk(id="answer", delta=delta))


def translator(engine: ScriptedLLM) -> LLMTranslator:
    return LLMTranslator(engine, source_language="en", target_language="es")


async def translate(engine: ScriptedLLM, request: TranslationRequest) -> tuple[str, bool]:
    hypothesis = await translator(engine).translate(request)
    return hypothesis.text, hypothesis.complete


def words(text: str) -> list[str]:
    return re.findall(r"\s*\S+", text)


class TellingLLM(ScriptedLLM):
    takes_languages = True


async def test_an_engine_that_takes_the_languages_is_told_them() -> None:
    engine = TellingLLM(" dos")
    await translate(engine, TranslationRequest("Two", final=True))
    assert engine.extra_kwargs == {"source_language": "en", "target_language": "es"}


async def test_another_engine_is_told_nothing_that_it_might_refuse() -> None:
    engine = ScriptedLLM(" dos")
    await translate(engine, TranslationRequest("Two", final=True))
    assert not engine.extra_kwargs


async def test_the_committed_text_begins_the_answer_and_sentences_before_it_are_shown() -> None:
    engine = ScriptedLLM(" dos", " tres")
    pair = SentencePair("Hello.", "Hola.")
    request = TranslationRequest("one two three", committed="uno", context=(pair,))
    assert await translate(engine, request) == ("uno dos tres", True)
    turns = [(item.role, item.text_content) for item in engine.contexts[0].messages()]
    assert turns[0][0] == "system"
    assert turns[-4:] == [
        ("user", "Hello."),
        ("assistant", "Hola."),
        ("user", "one two three"),
        ("assistant", "uno"),
    ]


async def test_partial_hypotheses_come_as_they_are_written() -> None:
    partials: list[str] = []
    engine = ScriptedLLM(*words("uno dos tres"))
    await translator(engine).translate(
        TranslationRequest("one two three"), lambda partial: partials.append(partial.text)
    )
    assert partials == ["uno", "uno dos", "uno dos tres"]


async def test_a_hypothesis_knows_where_the_models_pieces_end() -> None:
    request = TranslationRequest("一二", committed="uno")
    hypothesis = await translator(ScriptedLLM(" dos", " tr", "es \n")).translate(request)
    assert hypothesis == Hypothesis("uno dos tres", complete=True, token_ends=(7, 10))
    restarted = await translator(ScriptedLLM("uno", " dos", " tres")).translate(
        TranslationRequest("one two three", committed="uno dos")
    )
    assert restarted == Hypothesis("uno dos tres", complete=True, token_ends=(12,))


@pytest.mark.parametrize(
    ("committed", "answer", "translation"),
    [
        ("Hola", "Hola a todos.", "Hola a todos."),
        ("Hola a", "todos y ellos.", "Hola a todos y ellos."),
        ("Hola", ", amigos.", "Hola, amigos."),
        ("Hola,", "amigos.", "Hola, amigos."),
        ("Muy", " muy bien.", "Muy muy bien."),
    ],
)
async def test_a_server_that_does_not_go_on_neither_doubles_nor_glues_words(
    committed: str, answer: str, translation: str
) -> None:
    request = TranslationRequest("Hello all.", committed=committed, final=True)
    assert (await translate(ScriptedLLM(answer), request))[0] == translation


@pytest.mark.parametrize(
    ("committed", "answer", "translation"),
    [("我们今天", "去公园。", "我们今天去公园。"), ("好", "好休息。", "好好休息。")],
)
async def test_an_unspaced_script_goes_on_without_a_space(
    committed: str, answer: str, translation: str
) -> None:
    chinese = LLMTranslator(ScriptedLLM(answer), source_language="en", target_language="zh")
    request = TranslationRequest("Some English.", committed=committed, final=True)
    assert (await chinese.translate(request)).text == translation


async def test_an_ending_stays_with_its_word_in_korean() -> None:
    korean = LLMTranslator(ScriptedLLM("에서 만나요."), source_language="en", target_language="ko")
    request = TranslationRequest("We meet at the meeting.", committed="회의", final=True)
    assert (await korean.translate(request)).text == "회의에서 만나요."


@pytest.mark.parametrize(("units", "kept"), [(1, "uno dos X tres"), (2, "uno dos X tres cuatro")])
async def test_a_draft_stops_where_nothing_beyond_could_be_committed(units: int, kept: str) -> None:
    engine = ScriptedLLM(*words("uno dos X tres cuatro cinco seis"))
    request = TranslationRequest("one two", previous="uno dos", departure_units=units)
    assert await translate(engine, request) == (kept, False)


async def test_the_end_of_a_sentence_is_written_to_its_end() -> None:
    engine = ScriptedLLM(*words("uno X tres cuatro cinco."))
    request = TranslationRequest("one.", previous="uno dos", departure_units=1, final=True)
    assert await translate(engine, request) == ("uno X tres cuatro cinco.", True)


async def test_an_answer_that_starts_over_is_said_once() -> None:
    partials: list[str] = []
    engine = ScriptedLLM(*words("uno dos tres cuatro"))
    request = TranslationRequest("one two three four", committed="uno dos")
    hypothesis = await translator(engine).translate(
        request, lambda partial: partials.append(partial.text)
    )
    assert hypothesis.text == "uno dos tres cuatro"
    assert all(text.startswith("uno dos tres") for text in partials), partials


async def test_what_follows_the_translation_is_left_out() -> None:
    engine = ScriptedLLM("uno dos.", "\n", "Note that", " this is Spanish.")
    assert await translate(engine, TranslationRequest("one two.")) == ("uno dos.", True)


async def test_an_answer_that_goes_round_in_circles_ends_where_it_is_told_to() -> None:
    engine = ScriptedLLM(*words(" ".join(["no"] * 50)))
    hypothesis = await translate(engine, TranslationRequest("no", longest=10))
    assert hypothesis[0].split() == ["no"] * 11


async def test_a_draft_that_fails_is_not_asked_for_again_but_a_sentence_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "livekit.plugins.cascade.translator.DEFAULT_API_CONNECT_OPTIONS",
        APIConnectOptions(max_retry=1, retry_interval=0.0),
    )
    with pytest.raises(APIConnectionError):
        await translate(ScriptedLLM("uno", failures=1), TranslationRequest("one"))
    engine = ScriptedLLM("uno", failures=1)
    assert (await translate(engine, TranslationRequest("one", final=True))) == ("uno", True)


class RefusingLLM(ScriptedLLM):
    """Declines as often as it is told to, and then answers."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self._answers = list(answers)

    def chat(self, *, chat_ctx: llm.ChatContext, **options: Any) -> llm.LLMStream:
        self.words = tuple(words(self._answers.pop(0)))
        return super().chat(chat_ctx=chat_ctx, **options)


REFUSAL = "I'm sorry, but I can't assist with that."


async def test_nothing_of_a_refusal_is_taken_for_a_draft() -> None:
    partials: list[Hypothesis] = []
    request = TranslationRequest(source="Casta més pizza")
    hypothesis = await translator(RefusingLLM(REFUSAL)).translate(request, partials.append)
    assert (hypothesis.text, hypothesis.complete, partials) == ("", False, [])


class SlowLLM(ScriptedLLM):
    """Says its words, and then nothing for long."""

    def chat(self, *, chat_ctx: llm.ChatContext, **options: Any) -> llm.LLMStream:
        return _Unfinished(self, chat_ctx=chat_ctx, tools=[], conn_options=options["conn_options"])


class _Unfinished(_Answer):
    async def _run(self) -> None:
        await super()._run()
        await asyncio.Event().wait()


async def test_a_draft_is_given_up_once_it_can_only_be_a_refusal() -> None:
    request = TranslationRequest(source="Casta més pizza")
    async with asyncio.timeout(5):
        hypothesis = await translator(SlowLLM("I'm", " sorry", ",")).translate(request)
    assert (hypothesis.text, hypothesis.complete) == ("", False)


async def test_a_sentence_that_is_refused_is_asked_for_again_by_itself() -> None:
    engine = RefusingLLM(REFUSAL, "Casta offers tools.")
    pair = SentencePair("Hola.", "Hello.")
    request = TranslationRequest(source="Casta ofrece herramientas.", final=True, context=(pair,))
    assert await translate(engine, request) == ("Casta offers tools.", True)
    first, second = ([str(item) for item in context.items] for context in engine.contexts)
    assert len(first) == len(second) + 2


async def test_a_sentence_that_is_refused_twice_is_an_error() -> None:
    request = TranslationRequest(source="Casta ofrece herramientas.", final=True)
    with pytest.raises(CascadeError, match="no translation"):
        await translate(RefusingLLM(REFUSAL, REFUSAL), request)


async def test_a_speaker_who_declines_is_translated() -> None:
    request = TranslationRequest(source="Lo siento, pero no puedo ayudarle con eso.", final=True)
    assert await translate(RefusingLLM(REFUSAL), request) == (REFUSAL, True)


ANNOUNCEMENT = "Here is the English translation of the given Spanish sentence:"


async def test_an_announcement_is_left_out_and_what_it_announces_translated() -> None:
    partials: list[str] = []
    engine = RefusingLLM(f'{ANNOUNCEMENT}\n"Casta offers tools."')
    hypothesis = await translator(engine).translate(
        TranslationRequest(source="Casta ofrece herramientas.", final=True, longest=6),
        lambda partial: partials.append(partial.text),
    )
    assert (hypothesis.text, hypothesis.complete) == ("Casta offers tools.", True)
    assert all(hypothesis.text.startswith(text.rstrip('"')) for text in partials), partials


async def test_an_announcement_that_nothing_follows_is_no_translation() -> None:
    engine = RefusingLLM(ANNOUNCEMENT, "Casta offers tools.")
    request = TranslationRequest(source="Casta ofrece herramientas.", final=True)
    assert await translate(engine, request) == ("Casta offers tools.", True)


class StoppingLLM(RefusingLLM):
    """Takes an assistant's last message for a finished turn, and says nothing more."""

    def chat(self, *, chat_ctx: llm.ChatContext, **options: Any) -> llm.LLMStream:
        if chat_ctx.messages()[-1].role == "assistant":
            self._answers.insert(0, ".")
        return super().chat(chat_ctx=chat_ctx, **options)


OFFICE = "We will open the new office in Paris next month because of the demand."
LONG = "Abriremos la nueva oficina en París el mes que viene debido a la demanda."


@pytest.mark.parametrize(
    ("whole", "translation"),
    [
        (LONG, LONG),
        # With other marks and capitals, what is committed stays as it is.
        ("abriremos, la nueva oficina.", "Abriremos la nueva oficina."),
        # In other words it says no more than what is committed.
        ("Vamos a abrirla.", "Abriremos la."),
    ],
)
async def test_a_sentence_that_a_server_does_not_go_on_with_is_asked_for_as_a_whole(
    whole: str, translation: str
) -> None:
    engine = StoppingLLM(whole)
    request = TranslationRequest(OFFICE, committed="Abriremos la", final=True)
    assert await translate(engine, request) == (translation, True)
    asked = [context.messages()[-1].text_content for context in engine.contexts]
    assert asked == ["Abriremos la", OFFICE]


@pytest.mark.parametrize("whole", ["", "Vamos a inaugurar una sede nueva en París.", REFUSAL])
async def test_a_sentence_of_which_the_rest_is_not_to_be_had_is_an_error(whole: str) -> None:
    request = TranslationRequest(OFFICE, committed="Abriremos la", final=True)
    with pytest.raises(CascadeError, match="go on"):
        await translate(StoppingLLM(whole), request)


async def test_a_translation_that_is_complete_is_not_asked_for_again() -> None:
    engine = StoppingLLM()
    request = TranslationRequest("Thank you all.", committed="Gracias a todos", final=True)
    assert await translate(engine, request) == ("Gracias a todos.", True)
    assert len(engine.contexts) == 1


async def test_a_draft_that_does_not_go_on_is_not_taken_for_the_whole() -> None:
    engine = StoppingLLM()
    request = TranslationRequest(OFFICE, committed="Abriremos la")
    assert await translate(engine, request) == ("Abriremos la.", False)


async def test_a_sentence_whose_draft_did_not_go_on_is_asked_for_as_a_whole_at_once() -> None:
    engine = StoppingLLM(LONG)
    asking, request = translator(engine), TranslationRequest(OFFICE, committed="Abriremos la")
    await asking.translate(request)
    assert (await asking.translate(replace(request, final=True))).text == LONG
    asked = [context.messages()[-1].text_content for context in engine.contexts]
    assert asked == ["Abriremos la", OFFICE]


async def test_the_name_of_a_large_number_waits_for_all_of_its_words() -> None:
    partials: list[str] = []
    engine = ScriptedLLM(*words("Cuesta un billón de dólares."))
    hypothesis = await translator(engine).translate(
        TranslationRequest("It costs a billion dollars.", final=True),
        lambda partial: partials.append(partial.text),
    )
    assert hypothesis.text == "Cuesta mil millones de dólares."
    assert all(hypothesis.text.startswith(text) for text in partials), partials


async def test_of_a_long_glossary_the_model_is_told_what_is_said() -> None:
    """All of a hospital's would leave the model no room for anything else."""
    glossary = {f"term {number:03}": f"palabra {number:03}" for number in range(500)}
    engine = ScriptedLLM(" dos")
    translating = LLMTranslator(
        engine,
        source_language="en",
        target_language="es",
        glossary=glossary,
        extra_kwargs={"glossary": glossary},
    )

    async def told(source: str) -> str:
        await translating.translate(TranslationRequest(source, final=True))
        return engine.contexts[-1].messages()[0].text_content or ""

    assert "term" not in await told("Good morning.")
    assert "term 007 = palabra 007" in (first := await told("This is Term 007."))
    assert "term 008" not in first
    assert engine.extra_kwargs == {"glossary": {"term 007": "palabra 007"}}
    assert await told("Good morning.") == first
    assert await told("And that is term 006.") == f"{first}; term 006 = palabra 006"
    everything = await told(" ".join(glossary))
    assert everything.count(" = ") == MOST_TERMS


async def test_a_short_glossary_is_told_from_the_beginning() -> None:
    engine = ScriptedLLM(" dos")
    short = {"stent": "endoprótesis", "graft": "injerto"}
    translating = LLMTranslator(engine, source_language="en", target_language="es", glossary=short)
    await translating.translate(TranslationRequest("Two", final=True))
    assert "stent = endoprótesis; graft = injerto" in str(engine.contexts[-1].messages()[0])
