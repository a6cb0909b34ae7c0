"""Which words go to the voice, in what pieces, at what speed."""

from functools import partial

import pytest

from livekit.plugins.cascade.chunker import ChunkerOptions, is_due_in, next_chunk
from livekit.plugins.cascade.pacing import PacingOptions, catch_up, engine_rate, must_drop, speed
from livekit.plugins.cascade.speech_queue import SpeechChunk, SpeechQueue

pytestmark = pytest.mark.unit


def chunk(
    pending: str,
    *,
    complete: bool = False,
    begun: bool = False,
    buffered: float = 0.0,
    first_share: float = 1.0,
) -> str:
    length = next_chunk(
        pending,
        complete=complete,
        begun=begun,
        language="es",
        buffered_seconds=buffered,
        synthesis_seconds=0.5,
        first_share=first_share,
        options=ChunkerOptions(),
    )
    return pending[:length]


def test_the_first_words_go_out_as_soon_as_there_are_three() -> None:
    assert chunk("Hoy vamos") == ""
    assert chunk("Hoy vamos todos") == "Hoy vamos todos"
    assert chunk("Ya no puede") == "Ya no puede", "however short they are"


def test_in_a_pause_two_words_need_not_wait_for_a_third() -> None:
    queue = SpeechQueue(language="es")
    take = partial(queue.take, buffered_seconds=0.0, synthesis_seconds=0.5)
    queue.add("s1", "mis amigos", source_start=0.0, source_end=1.0)
    assert take() is None
    queue.pause("s1")
    assert take() == SpeechChunk("mis amigos", "s1", 0.0, 1.0)
    queue.add("s1", " hoy", source_start=3.0, source_end=4.0)
    assert take() is None, "the speaker goes on"


def test_no_piece_ends_with_a_word_that_leans_on_the_next() -> None:
    assert chunk("Y así, mis") == ""
    assert chunk("Y así, mis amigos del") == "Y así, mis amigos"
    assert chunk("qué puede hacer su", begun=True) == "qué puede hacer"
    assert chunk("han costado unos $2,500", begun=True) == "han costado unos"
    assert chunk("han venido desde 1998", begun=True) == "han venido desde 1998"
    assert (
        chunk("qué puede hacer su país por ti", complete=True) == "qué puede hacer su país por ti"
    )


def test_a_sentence_goes_on_in_longer_pieces_while_something_is_heard() -> None:
    assert chunk("puede hacer esto hoy", begun=True, buffered=1.0) == ""
    text = "puede hacer esto para todos"
    assert chunk(text, begun=True, buffered=1.0) == text
    assert chunk(f"{text}. Y", begun=True, buffered=1.0) == f"{text}."


def test_a_short_piece_is_better_than_silence() -> None:
    assert chunk("puede hacer esto todos", begun=True, buffered=0.7) == "puede hacer esto todos"
    assert chunk("puede", begun=True) == ""


def test_two_words_in_hand_are_said_before_the_voice_falls_silent() -> None:
    assert chunk("de audio", begun=True, buffered=1.0) == ""
    assert chunk("de audio", begun=True, buffered=0.7) == "de audio"
    assert chunk("proporcionado", begun=True, buffered=0.7) == "proporcionado"
    assert chunk("audio de", begun=True, buffered=0.7) == "", "it leans on what comes"
    assert chunk("de audio", buffered=0.8) == "", "a sentence begins with more"


def test_one_long_word_is_worth_saying() -> None:
    assert chunk("internacionalización") == "internacionalización"


def test_the_end_of_a_segment_is_said_however_short() -> None:
    assert chunk("Sí.", complete=True) == "Sí."


def test_later_words_wait_while_there_is_audio_in_hand() -> None:
    assert chunk("que puede hacer su país", buffered=2.0) == ""
    assert chunk("que puede hacer su país", buffered=0.7) == "que puede hacer su país"


def test_a_piece_ends_at_the_best_boundary() -> None:
    text = "no pregunten qué puede hacer, por ustedes. Y luego"
    assert chunk(text, begun=True) == "no pregunten qué puede hacer, por ustedes."
    assert chunk("no pregunten qué puede hacer, por") == "no pregunten qué puede hacer,"
    assert chunk("Bueno, esto es lo que hace") == "Bueno, esto es lo que hace"
    longer = "Eso es todo. Y ahora, queridos amigos míos, vamos a verlo"
    assert chunk(longer, begun=True) == "Eso es todo."


def test_a_clause_that_is_too_short_to_go_on_with_does_not_hold_up_what_follows() -> None:
    text = "de speech personalizado,"
    assert chunk(text, begun=True, buffered=1.0) == ""
    longer = f"{text} puedes reproducir"
    assert chunk(longer, begun=True, buffered=1.0) == longer


def test_a_sentence_begins_with_a_shorter_piece_while_nothing_is_heard() -> None:
    text = "Y así, mis compañeros estadounidenses"
    assert chunk(text, complete=True) == "Y así, mis compañeros"
    assert chunk(text, complete=True, buffered=1.0) == text


def test_a_long_text_begins_with_a_short_piece_while_nothing_is_heard() -> None:
    text = "puedes reproducir los archivos de audio cargados y determinar si el resultado"
    assert chunk(text, begun=True) == "puedes reproducir los archivos de audio cargados"
    assert (
        chunk(text, begun=True, complete=True) == "puedes reproducir los archivos de audio cargados"
    )
    assert chunk(text, begun=True, buffered=1.0) == text


def test_an_engine_that_begins_to_sound_early_is_given_more_at_once() -> None:
    text = "Y así, mis compañeros estadounidenses"
    assert chunk(text, complete=True, first_share=0.9) == "Y así, mis compañeros"
    assert chunk(text, complete=True, first_share=0.6) == text
    longer = "puedes reproducir los archivos de audio " * 4
    half = chunk(longer, begun=True, complete=True, first_share=0.5)
    assert 50 < len(half) <= 100
    assert chunk(longer, begun=True, complete=True, first_share=0.01) == half


def test_no_piece_is_longer_than_the_limit() -> None:
    assert len(chunk("palabra " * 40, complete=True, buffered=3.0)) <= 120


def test_what_nothing_will_be_added_to_waits_less() -> None:
    assert chunk("que puede hacer su país", complete=True, buffered=2.0) != ""
    assert chunk("que puede hacer su país", complete=True, buffered=2.6) == ""


def test_a_waiting_piece_says_when_it_is_due() -> None:
    options = ChunkerOptions(
        last_margin_seconds=0.1, margin_seconds=0.25, complete_margin_seconds=2.0
    )
    assert is_due_in(3.0, 0.5, options) == pytest.approx(0.5), "if its segment is complete"
    assert is_due_in(2.0, 0.5, options) == pytest.approx(1.25)
    assert is_due_in(0.7, 0.5, options) == pytest.approx(0.1), "if a short one will do"
    assert is_due_in(0.1, 0.5, ChunkerOptions()) == 0.0


def take(queue: SpeechQueue) -> SpeechChunk | None:
    return queue.take(buffered_seconds=0.0, synthesis_seconds=0.5)


def test_text_is_given_out_once_and_in_order_with_its_source_times() -> None:
    queue = SpeechQueue(language="es")
    queue.add("a", "Y así, mis compatriotas", source_start=0.3, source_end=1.5)
    first = take(queue)
    assert first == SpeechChunk("Y así, mis compatriotas", "a", 0.3, 1.5)
    assert take(queue) is None
    queue.add("a", " americanos.", source_start=1.5, source_end=2.0)
    queue.add("b", "Otra cosa", source_start=3.0, source_end=3.5)
    queue.complete("a")
    queue.complete("b")
    assert take(queue) == SpeechChunk("americanos.", "a", 1.5, 2.0)
    assert take(queue) == SpeechChunk("Otra cosa", "b", 3.0, 3.5)
    assert take(queue) is None


def test_words_of_one_sentence_that_come_one_by_one_are_said_together() -> None:
    queue = SpeechQueue(language="es")
    for end, text in enumerate(("Hoy", " vamos", " todos."), start=1):
        queue.add("a", text, source_start=end - 1.0, source_end=float(end))
    assert queue.oldest_clause() is None, "it is the newest sentence"
    assert take(queue) == SpeechChunk("Hoy vamos todos.", "a", 0.0, 3.0)


def test_a_sentence_that_never_ended_holds_up_nothing_once_it_is_said() -> None:
    queue = SpeechQueue(language="es")
    queue.add("a", "Y así, mis compatriotas", source_start=0, source_end=1)
    assert take(queue) is not None
    queue.add("b", "una frase entera.", source_start=1, source_end=2)
    assert (following := take(queue)) is not None and following.text == "una frase entera."


def test_a_later_segment_waits_for_the_earlier_one() -> None:
    queue = SpeechQueue(language="es")
    queue.add("a", "Y", source_start=0, source_end=1)
    queue.add("b", "una frase entera.", source_start=1, source_end=2)
    queue.complete("b")
    assert take(queue) is None
    queue.complete("a")
    assert (first := take(queue)) is not None and first.text == "Y"


def test_lone_punctuation_is_never_given_to_a_voice() -> None:
    queue = SpeechQueue(language="es")
    queue.add("a", "…", source_start=0, source_end=1)
    queue.complete("a")
    assert take(queue) is None
    assert queue.pending_characters == 0


@pytest.mark.parametrize(
    ("before", "text", "first", "language"),
    [
        ("Hola a todos", ". Y luego vamos a hablar de la", ". Y luego vamos a hablar", "es"),
        ("He is gone", "... and nobody knows where he went", "... and nobody knows where", "en"),
        ("他们都走了", "。然后我们", "。然后我们", "zh"),
    ],
)
def test_marks_that_come_late_are_said_with_what_follows_them(
    before: str, text: str, first: str, language: str
) -> None:
    queue = SpeechQueue(language=language)
    queue.add("a", before, source_start=0, source_end=1)
    queue.pause("a")
    assert (said := take(queue)) is not None and said.text == before
    mark = text[: len(text) - len(text.lstrip(".。"))]
    queue.add("a", mark, source_start=1, source_end=1)
    queue.pause("a")
    assert take(queue) is None, "a mark is nothing to say"
    queue.add("a", text.removeprefix(mark), source_start=2, source_end=3)
    assert (following := take(queue)) is not None and following.text.startswith(first)


def test_a_mark_stays_with_the_word_before_it() -> None:
    queue = SpeechQueue(language="fr")
    queue.add("a", "Je ne le sais vraiment pas !", source_start=0, source_end=1)
    queue.complete("a")
    assert (chunk := take(queue)) is not None and chunk.text == "Je ne le sais vraiment pas !"
    queue.add("b", "Bien, je le dirais volontiers : demain", source_start=0, source_end=1)
    assert (chunk := take(queue)) is not None and chunk.text == "Bien, je le dirais"


def test_dropping_takes_the_oldest_clause() -> None:
    queue = SpeechQueue(language="es")
    queue.add("a", "primero esto, luego lo otro.", source_start=0, source_end=4)
    assert queue.oldest_clause() is None
    queue.add("b", "y después,", source_start=4, source_end=5)
    oldest = queue.oldest_clause()
    assert oldest is not None and oldest.text == "primero esto,"
    queue.drop_clause()
    queue.complete("a")
    assert (rest := take(queue)) is not None and rest.text == "luego lo otro."
    assert queue.oldest_clause() is None, "the newest sentence is never given up"
    queue.drop_clause()
    assert queue.has_text("b"), "nor taken by force"


def test_dropping_a_clause_leaves_the_next_one_whole_in_an_unspaced_script() -> None:
    queue = SpeechQueue(language="zh")
    queue.add("a", "先说这个，再说那个。", source_start=0, source_end=4)
    queue.add("b", "然后呢，", source_start=4, source_end=5)
    assert (oldest := queue.oldest_clause()) is not None and oldest.text == "先说这个，"
    queue.drop_clause()
    queue.complete("a")
    assert (rest := take(queue)) is not None and rest.text == "再说那个。"


def rate(queue: float = 0.0, *, lag: float = 0.0, previous: float = 1.0) -> float:
    return speed(queue, lag_seconds=lag, previous=previous, options=PacingOptions())


def settled(queue: float = 0.0, *, lag: float = 0.0) -> float:
    current = 1.0
    for _ in range(20):
        following = rate(queue, lag=lag, previous=current)
        assert following - current <= 2 * PacingOptions().step + 1e-9
        current = following
    return current


def test_speed_is_natural_while_little_waits_and_the_speaker_is_near() -> None:
    assert settled(0.5, lag=0.5) == 1.0


def test_speed_rises_and_falls_smoothly() -> None:
    assert rate(2.9) == pytest.approx(1.1)
    assert rate(2.9, previous=1.1) == pytest.approx(1.2)
    assert rate(3.1) == pytest.approx(1.2), "in two steps at once where it is urgent"
    assert rate(0.0, previous=1.3) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("queue", "lag", "expected"),
    [(2.9, 0, 1.3), (60, 0, 1.45), (0, 1.0, 1.2), (0, 1.5, 1.3), (0, 1.6, 1.44), (1.5, 1.0, 1.2)],
)
def test_speed_is_that_of_the_queue_or_of_the_lag_and_is_capped(
    queue: float, lag: float, expected: float
) -> None:
    assert settled(queue, lag=lag) == pytest.approx(expected)


@pytest.mark.parametrize("lag", [1.2, 5.0])
def test_nothing_is_said_faster_than_it_may_be(lag: float) -> None:
    options = PacingOptions(hard_cap=1.1)
    assert speed(9.0, lag_seconds=lag, previous=1.1, options=options) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("wanted", "share", "expected"),
    [(1.0, 2.0, 1.0), (1.03, 0.3, 1.03), (1.45, 0.3, 1.05), (1.45, 0.8, 1.334), (1.45, 1.2, 1.45)],
)
def test_an_engine_speaks_slower_than_is_heard_as_long_as_it_keeps_up(
    wanted: float, share: float, expected: float
) -> None:
    rate = engine_rate(wanted, synthesis_share=share, options=PacingOptions())
    assert rate == pytest.approx(expected)


def test_audio_in_hand_catches_up_but_never_slows_down() -> None:
    assert catch_up(1.0, synthesised=1.0) == 1.0
    assert catch_up(1.3, synthesised=1.0) == pytest.approx(1.3)
    assert catch_up(1.2, synthesised=1.3) == 1.0
    assert catch_up(1.02, synthesised=1.0) == 1.0, "nobody would hear it"


@pytest.mark.parametrize(
    ("audio", "text", "share", "lag", "dropped"),
    [
        (8.0, 0.0, 0.5, 0.0, False),
        (8.1, 0.0, 0.5, 0.0, True),
        (0, 11, 0.5, 0.0, False),
        (2, 9, 0.5, 0.0, True),
        (0, 11, 1.2, 0.0, True),
        (0, 1, 0.5, 8.0, False),
        (0, 1, 0.5, 8.1, True),
    ],
)
def test_a_clause_is_dropped_when_speaking_fast_is_not_enough(
    audio: float, text: float, share: float, lag: float, dropped: bool
) -> None:
    options = PacingOptions()
    assert dropped == must_drop(
        audio, text, synthesis_share=share, lag_seconds=lag, options=options
    )
