"""What of a hypothesis is thrown away before anything of it can be committed."""

from collections.abc import Sequence

import pytest

from livekit.plugins.cascade.guards import echoes_of, guard, is_copy, without_echo
from livekit.plugins.cascade.policy import PolicyOptions, longest
from livekit.plugins.cascade.types import SentencePair, SourceSegment, Word

pytestmark = pytest.mark.unit

SOURCE = " ".join(f"word{n}" for n in range(40))


def _guard(
    hypothesis: str,
    *,
    committed: str = "",
    source: str = SOURCE,
    language: str = "es",
    final: bool = False,
) -> str:
    words = source.split()
    return guard(
        hypothesis,
        committed=committed,
        source=words,
        source_language="en",
        language=language,
        longest=longest(len(words), PolicyOptions()),
        max_repeats=2,
        final=final,
    )


def test_a_looping_hypothesis_is_cut_after_its_first_round() -> None:
    assert _guard("hola " + "no lo sé bien " * 6) == "hola no lo sé bien"


def test_a_speaker_who_repeats_himself_is_translated() -> None:
    said = "again and again and " * 6
    assert _guard("otra vez y " * 6, source=said).split() == ("otra vez y " * 6).split()


def test_an_emphatic_repetition_is_no_loop() -> None:
    assert _guard("es muy muy muy bueno") == "es muy muy muy bueno"


@pytest.mark.parametrize(
    "text",
    [
        "我想......也许我们现在应该回家。",
        "哈哈哈哈，真的太好笑了。",
        "总预算是1,000,000,000,000元。",
        "对，对，对，我知道。",
    ],
)
def test_marks_laughter_and_zeros_are_no_loop(text: str) -> None:
    assert _guard(text, language="zh") == text


@pytest.mark.parametrize(
    ("said", "kept", "language"),
    [
        ("no lo sé, no lo sé, no lo sé, no lo sé, pero voy.", "no lo sé, pero voy.", "es"),
        ("voy a casa a casa a casa a casa a ca", "voy a casa a ca", "es"),
        ("我们我们我们我们我们去吧。", "我们去吧。", "zh"),
        ("hola y y y y y y adiós y y y y y", "hola y adiós y", "es"),
        ("好的，好的，好的，好的，好的，走吧。", "好的，走吧。", "zh"),
        ("Non ! Non ! Non ! Non ! Non ! Je pars.", "Non ! Je pars.", "fr"),
        ("no lo sé, no lo sé, no lo sé, no lo", "no lo sé,", "es"),
        ("que ya no sé muy bien qué hacer " * 4, "que ya no sé muy bien qué hacer ", "es"),
    ],
)
def test_a_complete_sentence_says_a_loop_once_and_goes_on(
    said: str, kept: str, language: str
) -> None:
    assert _guard(said, language=language, final=True) == kept


def test_a_loop_that_has_been_committed_is_not_gone_on_with() -> None:
    committed = "no lo sé no lo sé"
    said = "no lo sé no lo sé no lo sé no lo sé pero voy"
    assert _guard(said, committed=committed, final=True) == f"{committed} pero voy"


@pytest.mark.timeout(20)
def test_a_loop_that_has_been_committed_whole_is_not_looked_at_for_ever() -> None:
    committed = "no lo sé no lo sé no lo sé"
    assert _guard(f"{committed} pero voy", committed=committed, final=True) == (
        f"{committed} pero voy"
    )


def test_a_hypothesis_far_longer_than_its_source_is_cut() -> None:
    words = " ".join(f"palabra{n}" for n in range(60))
    assert len(_guard(words, source="one two three").split()) == 16


def test_a_foreign_script_ends_the_hypothesis() -> None:
    assert _guard("Buenos días 大家好") == "Buenos días"
    assert _guard("大家好, amigos") == ""
    assert _guard("Buenos días 大家好", committed="Buenos días ") == "Buenos días "


def test_a_complete_sentence_loses_only_the_words_in_a_foreign_script() -> None:
    slipped = "Así fue en el蛮荒时代，y en el 원시시대, y hoy no."
    assert _guard(slipped, final=True) == "Así fue en el y en el, y hoy no."
    assert _guard("我 fue.", committed="我", final=True) == "我 fue."


def test_guards_never_cut_into_the_committed_text() -> None:
    committed = " ".join(f"palabra{n}" for n in range(30))
    assert _guard(committed + " más", committed=committed, source="one") == committed


def _cut(
    hypothesis: str,
    *,
    committed: str = "",
    source: str = SOURCE,
    context: Sequence[SentencePair] = (),
    languages: tuple[str, str] = ("en", "es"),
    final: bool = False,
) -> str:
    source_language, language = languages
    words = tuple(Word(text, float(i), i + 1.0) for i, text in enumerate(source.split()))
    segment = SourceSegment(
        "s1", source_language, words, (), final=final, media_time=0.0, wall_time=0.0
    )
    echoes = echoes_of(segment, context, language)
    return without_echo(hypothesis, committed=committed, echoes=echoes, language=language)


# What the default model made of a Chinese sentence that names but one kind of management.
INVENTED = (
    "It may have strategic management, just as we are part of the whole department, and the second "
    "is tactical"
)


def test_an_echo_is_cut() -> None:
    echoed = INVENTED + " management, just as we are part of the whole department"
    assert _cut(echoed, languages=("zh", "en")) == INVENTED


@pytest.mark.parametrize(
    ("language", "copies"), [("zh", False), ("ja", False), ("en", True), ("es", True)]
)
def test_terms_that_are_said_in_another_script_are_no_copy(language: str, copies: bool) -> None:
    source = [*"讲坛上的圣者，", "the", "sage", "on", "the", "stage，"]
    said = " the sage on the stage."
    assert is_copy(said, source=source, source_language=language, language="en") == copies


def test_what_the_speaker_says_again_is_translated_again() -> None:
    said = "my dear friends we go on " * 2 + SOURCE
    again = "seguimos adelante mis queridos amigos hoy, sin falta " * 2
    assert _cut(again, source=said) == again
    assert _cut(again) == "seguimos adelante mis queridos amigos hoy, sin falta"


def test_an_echo_that_is_committed_does_not_silence_the_rest() -> None:
    committed = "uno dos tres cuatro cinco seis siete y uno dos tres cuatro cinco seis siete"
    hypothesis = committed + " y ocho"
    assert _cut(hypothesis, committed=committed) == hypothesis


def test_an_echo_in_an_unspaced_script_takes_more_characters() -> None:
    name = "国际电信联盟，"
    assert _cut(name + "日内瓦，" + name, languages=("en", "zh")).count("国际") == 2
    clause = "我们采取了完全不同的方法来处理，"
    said_twice = clause + "对于案件，" + clause
    assert _cut(said_twice, languages=("en", "zh")).count("我们") == 1


# The parts of the first sentence are not those of the last, of which the model said them.
CONTEXT = [
    SentencePair(
        "Content-like data, models, tests, and endpoints are organized into projects.",
        "Datos de contenido, modelos, pruebas y puntos finales están organizados en proyectos.",
    ),
    SentencePair("Create one.", "Crea uno."),
]


def test_an_echo_of_a_sentence_before_is_cut() -> None:
    echoed = "deberías ver cuatro pestañas: datos de contenido, modelos, pruebas y puntos finales."
    source = "After you've created a project, you should see four tabs"
    assert _cut(echoed, source=source, context=CONTEXT) == "deberías ver cuatro pestañas:"


# From a Chinese talk, whose speaker said nothing again: "what is done when" and then "what result".
DONE_WHEN = SentencePair(
    "哪些事情在什么时候是需要做的,",
    "The things that need to be done when, uh, and what are the things that we don't",
)


@pytest.mark.parametrize(
    ("final", "kept"),
    [
        (True, "What needs to be done when, uh, and what are the results that need to be achieved"),
        # A draft waits: the next one may say it otherwise.
        (False, "What needs"),
    ],
)
def test_half_of_a_complete_sentence_is_never_cut_as_an_echo(final: bool, kept: str) -> None:
    source = "那 要 做 的 那 些 在 何 时 候 要 做 到 什 么 样 的 结 果 这 些 战 略 上 是 要 定 的"
    text = "What needs to be done when, uh, and what are the results that need to be achieved"
    cut = _cut(text, source=source, context=[DONE_WHEN], languages=("zh", "en"), final=final)
    assert cut == kept


def test_what_a_complete_sentence_is_filled_up_with_is_cut() -> None:
    echoed = "deberías ver cuatro pestañas: datos de contenido, modelos, pruebas y puntos finales."
    cut = _cut(echoed, source="you should see four tabs", context=CONTEXT, final=True)
    assert cut == "deberías ver cuatro pestañas:"


def test_a_sentence_that_is_said_again_is_translated_again() -> None:
    (first, *_) = CONTEXT
    assert _cut(first.target, source=first.source, context=CONTEXT) == first.target


def test_a_term_that_is_longer_in_translation_is_no_echo() -> None:
    source = "A speech-to-text service and another speech-to-text service"
    text = "Un servicio de conversión de voz a texto y otro servicio de conversión de voz a texto"
    assert _cut(text, source=source) == text


def test_a_sentence_before_that_has_no_translation_forbids_nothing() -> None:
    said = "my dear friends we go on " * 2 + SOURCE
    again = "seguimos adelante mis queridos amigos hoy mismo, sin falta " * 2
    assert _cut(again, source=said, context=[SentencePair("What?", "")]) == again
