"""One decode: what the decoder is given to begin with, and what is believed of its answer."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import tokenizers
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray
from tokenizers.models import WordLevel

from livekit.plugins.faster_whisper.agreement import Word, Words
from livekit.plugins.faster_whisper.audio_buffer import SAMPLE_RATE
from livekit.plugins.faster_whisper.decoding import DecodeRequest, Task
from livekit.plugins.faster_whisper.whisper_decode import (
    LATIN_PART,
    WhisperDecode,
    capitalised,
    join_words,
)

pytestmark = pytest.mark.unit

TEXT = "we want to go home home. . now and you can come too if the rain stops before ten 家 へ"
SPECIAL = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|ja|>"),
    *("<|translate|>", "<|transcribe|>"),
    *("<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
)
# Every word of the script takes so long to say.
PACE = 0.4


class WordTokens(Tokenizer):  # type: ignore[misc]  # faster-whisper has no types
    """Whisper's tokenizer over a vocabulary in which every word is one token."""

    def __init__(self, language: str = "en", task: Task = "transcribe") -> None:
        vocabulary = {token: i for i, token in enumerate((*TEXT.split(), *SPECIAL))}
        model = WordLevel(vocabulary, unk_token="<|nospeech|>")
        words = tokenizers.Tokenizer(model)
        words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
        super().__init__(words, multilingual=True, task=task, language=language)

    @property
    def non_speech_tokens(self) -> tuple[int, ...]:
        return ()


@dataclass
class ScriptedWhisper:
    """Answers each generation with the next text, said at an even pace from the buffer's start."""

    answers: list[str]
    tokens: WordTokens = field(default_factory=WordTokens)
    pace: float = PACE
    prompts: list[str] = field(default_factory=list)
    contexts: list[str] = field(default_factory=list)
    beams: list[int] = field(default_factory=list)
    # Words before which a full stop was nearly written, with its probability.
    nearly: dict[str, float] = field(default_factory=dict)
    device: str = "cpu"
    space: str = " "

    @property
    def model(self) -> "ScriptedWhisper":
        return self

    def generate(self, encoded: Any, prompts: list[list[int]], **options: Any) -> list[Any]:
        prompt = [self.tokens.tokenizer.id_to_token(token) for token in prompts[0]]
        context, prefix = " ".join(prompt).split(" <|notimestamps|>")
        before = "… " if context.startswith("<|startofprev|>") else ""
        self.prompts.append(before + prefix.strip())
        self.contexts.append(context.split("<|startoftranscript|>")[0].strip())
        self.beams.append(options["beam_size"])
        ids = self.tokens.encode(f"{prefix} {self.answers.pop(0)}")
        # As CTranslate2 counts: the prefix among what is generated.
        before_prefix = len(prompts[0]) - len(prefix.split())
        most = min(options["max_length"] // 2, options["max_length"] - before_prefix + 1)
        ids = ids[: max(most, len(prefix.split()))]
        logits = [self._logits(token) for token in (*ids, self.tokens.eot)]
        result = SimpleNamespace(sequences_ids=[ids], scores=[-0.2], no_speech_prob=0.01)
        # As CTranslate2, which has them for greedy decoding only.
        result.logits = [logits] if options["return_logits_vocab"] else []
        return [result]

    def _logits(self, token: int) -> NDArray[np.float32]:
        logits = np.full(self.tokens.tokenizer.get_vocab_size(), -20.0, np.float32)
        chance = self.nearly.get(self.tokens.decode([token]), 0.0)
        logits[token] = np.log(1 - chance)
        if chance:
            logits[self.tokens.encode(".")] = np.log(chance)
        return logits

    def find_alignment(
        self, tokenizer: Tokenizer, texts: list[list[int]], encoded: Any, frames: int
    ) -> list[list[dict[str, Any]]]:
        found = [
            {
                "word": self.space + tokenizer.decode([token]),
                "tokens": [token],
                "start": i * self.pace,
                "end": (i + 1) * self.pace,
                "probability": 0.9,
            }
            for i, token in enumerate(texts[0])
        ]
        return [found]


def words(text: str, tokens: WordTokens) -> Words:
    return tuple(
        Word(f" {word}", i * PACE, (i + 1) * PACE, tokens=tuple(tokens.encode(word)))
        for i, word in enumerate(text.split())
    )


def decoded(
    model: ScriptedWhisper,
    *,
    seconds: float,
    committed: str = "",
    force_prefix: bool = True,
    context: str = "",
    beam_size: int = 1,
    keyterms: tuple[str, ...] = (),
    pauses: tuple[tuple[float, float], ...] = (),
    between: str = "",
) -> str:
    request = DecodeRequest(
        audio=np.zeros(int(seconds * SAMPLE_RATE), np.float32),
        offset=0.0,
        speech_end=seconds,
        committed=words(committed, model.tokens),
        force_prefix=force_prefix,
        context_tokens=tuple(model.tokens.encode(context)),
        keyterms=keyterms,
        pauses=pauses,
        language=model.tokens.language_code,
        task="translate" if model.tokens.task == model.tokens.translate else "transcribe",
    )
    whisper = cast("WhisperModel", model)
    hypothesis = WhisperDecode(
        whisper, model.tokens, request, encoded=None, beam_size=beam_size
    ).run()
    return between.join(word.text for word in hypothesis.words).strip()


def test_committed_words_are_the_prefix_and_only_what_follows_is_the_answer() -> None:
    model = ScriptedWhisper(["go home now"])
    assert decoded(model, seconds=2.4, committed="we want to") == "go home now"
    assert model.prompts == ["we want to"]


def test_every_generation_keeps_the_wanted_number_of_hypotheses_in_view() -> None:
    model = ScriptedWhisper(["go", "home now and"])
    assert decoded(model, seconds=3.0, committed="we want to", beam_size=5) == "go home now and"
    assert model.beams == [5, 5]


def test_as_many_words_are_written_as_can_have_been_said() -> None:
    """CTranslate2 gives the text half of the length it is allowed."""
    said = "now and you can come too if the rain stops before ten"
    model = ScriptedWhisper([said], pace=0.2)
    heard = decoded(model, seconds=3.4, committed="we want to go home")
    assert heard == said


def test_of_a_text_that_does_not_end_a_beginning_counts() -> None:
    """The decoder says what is before over and over; no second decode is asked for."""
    model = ScriptedWhisper(["now and you can come " * 8], pace=0.2)
    assert decoded(model, seconds=2.4, committed="we want to go home") == "now and you can come"
    assert model.answers == []


def test_without_a_forced_prefix_the_committed_words_are_left_out_of_the_answer() -> None:
    model = ScriptedWhisper(["we want to go home"])
    answer = decoded(model, seconds=2.0, committed="we want to", force_prefix=False)
    assert answer == "go home"
    assert model.prompts == [""]


def test_a_text_that_ends_before_the_speech_goes_on() -> None:
    model = ScriptedWhisper(["go", "home now and"])
    assert decoded(model, seconds=3.0, committed="we want to") == "go home now and"
    assert model.prompts == ["we want to", "we want to go"]


def test_where_the_decoder_has_no_more_to_say_it_hears_the_audio_anew() -> None:
    model = ScriptedWhisper(["go", "", "we want to go home now and"])
    assert decoded(model, seconds=3.0, committed="we want to") == "go home now and"
    assert model.prompts == ["we want to", "we want to go", ""]


def test_what_was_heard_stands_where_hearing_anew_gives_no_more() -> None:
    model = ScriptedWhisper(["go", "", "we want to"])
    assert decoded(model, seconds=2.8, committed="we want to") == "go"


def test_a_text_that_says_the_prefix_again_is_decoded_without_it() -> None:
    model = ScriptedWhisper(["we want to go home", "we want to go"])
    assert decoded(model, seconds=1.7, committed="we want to") == "go"
    assert model.prompts == ["we want to", ""]


def test_a_clause_said_before_is_heard_again_without_the_context_and_left_out() -> None:
    model = ScriptedWhisper(["and you can come", "if the rain stops"])
    answer = decoded(model, seconds=1.7, context="now and you can come too")
    assert answer == "if the rain stops"
    assert model.prompts == ["… ", ""]


def test_a_clause_that_two_decodes_hear_again_was_said_again() -> None:
    model = ScriptedWhisper(["and you can come", "and you can come"])
    assert decoded(model, seconds=1.7, context="now and you can come too") == "and you can come"


def test_a_repetition_faster_than_anyone_speaks_was_not_said() -> None:
    model = ScriptedWhisper(["and you can come"] * 2, pace=0.1)
    assert decoded(model, seconds=0.6, context="now and you can come too") == ""


def test_a_translation_may_end_before_the_speech_and_has_no_example_in_the_language_spoken() -> (
    None
):
    model = ScriptedWhisper(["go"], tokens=WordTokens("ja", "translate"))
    assert decoded(model, seconds=3.0, committed="we want to") == "go"
    assert model.prompts == ["we want to"]


def test_words_to_expect_stand_before_what_was_said() -> None:
    model = ScriptedWhisper(["go"])
    assert decoded(model, seconds=1.0, context="we want to", keyterms=("rain", "home")) == "go"
    # The full stop is no word of this vocabulary, and the comma none either.
    assert model.contexts == ["<|startofprev|> <|nospeech|> home. we want to"]


def test_a_translation_expects_no_words_of_the_language_spoken() -> None:
    model = ScriptedWhisper(["go"], tokens=WordTokens("ja", "translate"))
    decoded(model, seconds=1.0, keyterms=("rain",))
    assert model.contexts == [""]


def test_a_translation_from_an_unspaced_script_has_words() -> None:
    model = ScriptedWhisper(["go home"], tokens=WordTokens("ja", "translate"))
    assert decoded(model, seconds=2.0, committed="we want to") == "go home"


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["了", "3.", "5", "亿"], ["了", "3.5", "亿"]),
        (["用", " G", "P", "T", "写"], ["用", " GPT", "写"]),
        (["3.", " 5"], ["3.", " 5"]),
    ],
)
def test_numbers_and_names_are_one_word_in_an_unspaced_script(
    pieces: list[str], words: list[str]
) -> None:
    spoken = tuple(Word(text, n, n + 1, 1.0, (n,)) for n, text in enumerate(pieces))
    joined = join_words(spoken, LATIN_PART)
    assert [word.text for word in joined] == words
    assert [token for word in joined for token in word.tokens] == list(range(len(pieces)))


@pytest.mark.parametrize(("language", "written"), [("en", "家へ"), ("ja", "家|へ")])
def test_what_stands_without_a_space_is_one_word_where_words_have_spaces(
    language: str, written: str
) -> None:
    model = ScriptedWhisper(["家 へ"], tokens=WordTokens(language), space="")
    assert decoded(model, seconds=2.0, committed="we want to", between="|") == written


def test_a_mark_after_the_committed_words_comes_with_the_next_one() -> None:
    model = ScriptedWhisper([". now and"])
    assert decoded(model, seconds=2.4, committed="we want to") == ". now and"


def test_a_mark_that_the_committed_words_have_is_not_set_again() -> None:
    model = ScriptedWhisper([". now and"])
    assert decoded(model, seconds=2.4, committed="we want home.") == "now and"


def test_a_talk_begins_with_a_capital() -> None:
    assert decoded(ScriptedWhisper(["go home"]), seconds=1.0) == "Go home"
    assert decoded(ScriptedWhisper(["go home"]), seconds=1.0, context="we want to") == "go home"
    assert capitalised(" ¿qué") == " ¿Qué"
    assert capitalised(" გამარჯობა") == " გამარჯობა"


def test_so_does_what_follows_the_end_of_a_sentence() -> None:
    said = "we want home ."
    assert decoded(ScriptedWhisper(["go home"]), seconds=2.4, committed=said) == "Go home"
    assert decoded(ScriptedWhisper(["go home"]), seconds=1.0, context=said) == "Go home"
    part = ScriptedWhisper(["go"], space="")
    assert decoded(part, seconds=2.4, committed=said) == "go"


def test_a_mark_comes_late_only_for_a_committed_word() -> None:
    model = ScriptedWhisper(["go", ". home now and"])
    assert decoded(model, seconds=3.4, committed="we want to") == "go home now and"


def test_a_full_stop_nearly_written_is_set_after_a_pause() -> None:
    model = ScriptedWhisper(["go home now and"], nearly={"now": 0.25})
    assert decoded(model, seconds=3.0, committed="we want to") == "go home now and"
    model.answers = ["go home now and"]
    said = decoded(model, seconds=3.0, committed="we want to", pauses=((1.95, 2.15),))
    assert said == "go home. Now and"


def test_a_full_stop_nearly_written_after_the_committed_words_comes_late() -> None:
    model = ScriptedWhisper(["go home"], nearly={"go": 0.4})
    assert decoded(model, seconds=2.4, committed="we want to") == ". Go home"


def test_nothing_is_known_of_marks_where_several_hypotheses_are_kept() -> None:
    model = ScriptedWhisper(["go home"], nearly={"go": 0.4})
    assert decoded(model, seconds=2.4, committed="we want to", beam_size=2) == "go home"


def test_nothing_is_known_of_marks_where_the_model_runs_on_another_device() -> None:
    model = ScriptedWhisper(["go home"], nearly={"go": 0.4}, device="cuda")
    assert decoded(model, seconds=2.4, committed="we want to") == "go home"


def test_after_words_that_may_change_no_mark_is_set() -> None:
    model = ScriptedWhisper(["go", "home now and"], nearly={"home": 0.4})
    assert decoded(model, seconds=3.0, committed="we want to") == "go home now and"


def test_a_pause_in_the_language_spoken_is_no_end_in_its_translation() -> None:
    tokens = WordTokens("ja", "translate")
    model = ScriptedWhisper(["go home now"], tokens=tokens, nearly={"now": 0.25})
    said = decoded(model, seconds=3.0, committed="we want to", pauses=((1.95, 2.15),))
    assert said == "go home now"
