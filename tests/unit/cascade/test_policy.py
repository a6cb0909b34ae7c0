"""What is committed, and when: the agreement policy on the target side."""

import pytest

from livekit.plugins.cascade.policy import (
    PolicyOptions,
    agree,
    at_pause,
    finish,
    options_for,
)

pytestmark = pytest.mark.unit

HOLD_1 = PolicyOptions(hold=1, solo_hold=3, leaning_hold=0)


def _agree(
    previous: str,
    hypothesis: str,
    *,
    committed: str = "",
    support: float = 1.0,
    expected: int = 0,
    language: str = "es",
    options: PolicyOptions = HOLD_1,
) -> str:
    return agree(
        committed=committed,
        previous=previous,
        hypothesis=hypothesis,
        support=support,
        expected=expected,
        language=language,
        options=options,
    )


def test_a_first_hypothesis_commits_all_but_its_last_units() -> None:
    assert _agree("", "no preguntes qué") == ""
    assert _agree("", "no preguntes qué puede hacer") == "no preguntes"


def test_what_no_other_hypothesis_says_waits_longer() -> None:
    assert _agree("y no digas", "no preguntes qué puede hacer") == "no preguntes"
    assert _agree("no preguntes qué puede hoy", "no preguntes qué puede hacer") == (
        "no preguntes qué puede"
    )


@pytest.mark.parametrize("leaning", ["mi", "para", "nuestra", "para que la", "$2500", "1.200"])
def test_no_commit_ends_with_a_word_that_takes_its_form_from_the_next(leaning: str) -> None:
    options = PolicyOptions(hold=1, solo_hold=3)
    before, now = f"veremos amigo {leaning} amigo", f"veremos amigo {leaning} amigos queridos"
    assert _agree(before, now, options=options) == "veremos amigo"
    assert _agree(now, now, options=options) == f"veremos amigo {leaning} amigos"


def test_a_language_of_short_words_is_spoken_all_the_same() -> None:
    options = PolicyOptions(hold=1, solo_hold=3, leaning_hold=2)
    hypothesis = "em đi học về nhà rồi"
    assert _agree(hypothesis, hypothesis, language="vi", options=options) == "em đi học"


def test_commits_what_two_hypotheses_share() -> None:
    assert _agree("no preguntes qué tu país", "no preguntes qué puede hacer") == "no preguntes qué"


def test_holds_the_end_of_the_hypothesis_even_when_both_agree() -> None:
    assert _agree("no preguntes qué", "no preguntes qué") == "no preguntes"


def test_case_and_punctuation_do_not_break_agreement() -> None:
    assert _agree("Y así mis amigos", "Y así, mis compatriotas") == "Y así, mis"


def test_continues_after_the_committed_text() -> None:
    new = _agree("Y así mis amigos del", "Y así, mis amigos de", committed="Y así,")
    assert new == " mis amigos"


def test_a_previous_hypothesis_that_contradicts_the_committed_text_agrees_to_nothing() -> None:
    assert _agree("Por eso, mis amigos", "Y así, mis amigos", committed="Y así,") == ""


def test_uncommitted_source_words_support_nothing() -> None:
    hypothesis = "uno dos tres cuatro cinco seis"
    assert _agree(hypothesis, hypothesis, support=0.5) == "uno dos tres"
    assert _agree(hypothesis, hypothesis, support=0.0) == ""


def test_support_is_a_share_of_the_whole_translation_not_of_what_is_written_of_it() -> None:
    written = "uno dos tres cuatro"
    assert _agree(written, written, support=0.5) == "uno dos"
    assert _agree(written, written, support=0.5, expected=6) == "uno dos tres"


def test_a_sentence_end_is_not_committed_before_the_source_has_ended() -> None:
    assert _agree("", "Eso es todo. Y ahora vamos a ver") == "Eso es todo"
    assert _agree("Eso es todo. Ya", "Eso es todo. Y ahora vamos") == "Eso es todo"
    both = "Eso es todo. Y ahora vamos"
    assert _agree(both, f"{both}.", options=PolicyOptions(hold=0, leaning_hold=0)) == both


def test_a_sentence_end_that_is_followed_by_what_both_say_is_committed() -> None:
    """Speakers join with a comma what a translation says in two sentences."""
    both = "Eso es todo. Y ahora vamos"
    assert _agree(both, both) == "Eso es todo. Y ahora"
    assert _agree("Eso es todo, y ahora vamos", both) == "Eso es todo. Y ahora"
    assert _agree(both, both, committed="Eso es todo") == ". Y ahora"
    assert _agree("Eso es todo. Ya", both, committed="Eso es todo") == ""


def test_so_it_is_in_an_unspaced_script() -> None:
    both = "就是这样。现在走"
    assert _agree(both, both, committed="就是这样", language="zh") == "。现在"


@pytest.mark.parametrize(
    ("hypothesis", "spoken"),
    [
        ("Y así, mis compatriotas,", " mis compatriotas,"),
        ("Y así, mis compatriotas.", " mis compatriotas"),
        ("Y así, ella no quiso que", " ella no quiso"),
        ("Y así, no", ""),
        ("Y así,", ""),
    ],
)
def test_a_pause_commits_all_but_words_that_lean_on_what_comes(
    hypothesis: str, spoken: str
) -> None:
    options = options_for("en", "es")
    said = at_pause(
        committed="Y así,", hypothesis=hypothesis, source="And so", language="es", options=options
    )
    assert said == spoken


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("Gestern Abend habe ich den Mann", "Yesterday evening"),
        ("Gestern Abend habe ich ihn gesehen.", "Yesterday evening I have the man"),
    ],
)
def test_before_a_late_verb_a_pause_is_no_reason_to_speak(source: str, spoken: str) -> None:
    said = at_pause(
        committed="",
        hypothesis="Yesterday evening I have the man",
        source=source,
        language="en",
        options=options_for("de", "en"),
    )
    assert said == spoken


def test_before_a_late_verb_a_pause_holds_twice_as_many_characters() -> None:
    said = at_pause(
        committed="",
        hypothesis="昨天晚上我把那个男人",
        source="Gestern Abend habe ich den Mann",
        language="zh",
        options=options_for("de", "zh"),
    )
    assert said == "昨天晚上"


@pytest.mark.parametrize("language", ["de", "pl", "en"])
def test_a_number_with_a_full_stop_may_be_the_end_of_what_is_said_in_a_pause(language: str) -> None:
    said = at_pause(
        committed="",
        hypothesis="Er ist 25.",
        source="He is 25.",
        source_language="en",
        language=language,
        options=PolicyOptions(),
    )
    assert said == "Er ist 25"


@pytest.mark.parametrize(
    ("source", "target", "holds"),
    [("zh", "en", (2, 8)), ("en", "zh-TW", (4, 16)), ("de", "zh", (6, 16)), ("zh", "ja", (4, 16))],
)
def test_with_chinese_on_either_side_two_hypotheses_have_to_agree(
    source: str, target: str, holds: tuple[int, int]
) -> None:
    options = options_for(source, target)
    assert (options.hold, options.solo_hold) == holds


@pytest.mark.parametrize(
    ("previous", "committed"),
    [
        ("", ""),
        (
            "People celebrated yesterday evening quite happily",
            "People celebrated yesterday evening",
        ),
    ],
)
def test_from_chinese_a_single_hypothesis_is_not_believed(previous: str, committed: str) -> None:
    said = agree(
        committed="",
        previous=previous,
        hypothesis="People celebrated yesterday evening quite loudly",
        support=1.0,
        expected=1,
        language="en",
        options=options_for("zh-CN", "en"),
    )
    assert said.strip() == committed


def test_a_short_word_ends_what_has_ended() -> None:
    said = at_pause(
        committed="",
        hypothesis="No lo sé.",
        source="I don't know.",
        language="es",
        options=options_for("en", "es"),
    )
    assert said == "No lo sé"


def test_chinese_is_counted_in_characters() -> None:
    new = agree(
        committed="",
        previous="不要问你的国家",
        hypothesis="不要问你的祖国能",
        support=1.0,
        expected=0,
        language="zh",
        options=HOLD_1,
    )
    assert new == "不要问你的"


def _finish(
    *,
    committed: str,
    hypothesis: str,
    source: str,
    source_language: str = "en",
    language: str = "es",
) -> str:
    return finish(
        committed=committed,
        hypothesis=hypothesis,
        source=source,
        source_language=source_language,
        language=language,
    )


def test_finish_commits_the_rest_and_takes_the_source_s_mark() -> None:
    assert _finish(committed="Eso es", hypothesis="Eso es todo", source="That is all.") == " todo."
    assert _finish(committed="Eso", hypothesis="Eso es todo.", source="That is all.") == " es todo."
    assert _finish(committed="Eso", hypothesis="Eso es,", source="That is.") == " es."
    assert _finish(committed="", hypothesis="y luego", source="and then") == "y luego"


def test_finish_gives_no_sentence_two_marks() -> None:
    assert _finish(committed="", hypothesis="Calle St.", source="Street St. Anne.") == "Calle St."
    assert _finish(committed="¿Qué?", hypothesis="¿Qué?.", source="What?") == ""
    assert _finish(committed="¿Qué?", hypothesis="¿Qué? Nada.", source="What?") == " Nada."


def test_finish_reads_and_writes_the_greek_question_mark() -> None:
    asked = _finish(committed="", hypothesis="Πώς είσαι", source="How are you?", language="el")
    assert asked == "Πώς είσαι;"
    greek = {"source": "Τι κάνεις;", "source_language": "el", "language": "en"}
    assert _finish(committed="", hypothesis="How are you", **greek) == "How are you?"
    written = _finish(committed="", hypothesis="Πώς είσαι;", source="How are you?", language="el")
    assert written == "Πώς είσαι;"


def test_finish_keeps_the_mark_where_the_source_tells_of_none() -> None:
    thai = {"source": "สบายดีไหมครับ", "source_language": "th", "language": "en"}
    assert _finish(committed="", hypothesis="How are you?", **thai) == "How are you?"
    assert _finish(committed="", hypothesis="สวัสดี", source="Hello.", language="th") == "สวัสดี"
    dotted = {"source": "We meet at 5 p.m.", "language": "es"}
    assert _finish(committed="", hypothesis="Nos vemos.", **dotted) == "Nos vemos."


def test_finish_leaves_a_sentence_open_that_was_cut() -> None:
    assert _finish(committed="Cada", hypothesis="Cada uno.", source="Each one is") == " uno"
    assert _finish(committed="Cada uno", hypothesis="Cada uno.", source="Each one is") == ""


@pytest.mark.parametrize(
    ("language", "source", "hypothesis", "mark"),
    [
        ("en", "就是这样。", "That is it", "."),
        ("en", "这是什么？", "What is it", "?"),
        ("zh-CN", "That is it.", "就是这样", "。"),
        ("hi", "That is it.", "बस यही है", "।"),
        ("ar", "What is it?", "ما هذا", "؟"),
        ("en", "और बस।", "That is it", "."),
    ],
)
def test_finish_writes_the_mark_as_the_target_language_does(
    language: str, source: str, hypothesis: str, mark: str
) -> None:
    rest = _finish(committed="", hypothesis=hypothesis, source=source, language=language)
    assert rest == hypothesis + mark


@pytest.mark.parametrize(
    ("hypothesis", "stable", "language"),
    [
        ("Die Sitzung ist am 3. Oktober im Haus", "Die Sitzung ist am 3. Oktober im", "de"),
        ("They asked the U.S. military twice", "They asked the U.S. military", "en"),
    ],
)
def test_a_full_stop_inside_a_sentence_keeps_nothing_back(
    hypothesis: str, stable: str, language: str
) -> None:
    committed = agree(
        committed="",
        previous=hypothesis,
        hypothesis=hypothesis,
        support=1.0,
        expected=1,
        language=language,
        options=PolicyOptions(leaning_hold=0),
    )
    assert committed == stable


@pytest.mark.parametrize(("source", "hold", "words"), [("en", 1, 3), ("de", 3, 4), ("ja", 3, 4)])
def test_languages_with_late_verbs_wait_longer(source: str, hold: int, words: int) -> None:
    options = options_for(source, "es")
    assert (options.hold, options.min_source_words) == (hold, words)


@pytest.mark.parametrize(
    ("source", "target", "holds"),
    [
        ("es", "en", (2, 3)),
        ("pt-BR", "de", (2, 3)),
        ("es", "ja", (4, 6)),
        ("fr", "en", (1, 2)),
        ("es", "fr", (1, 2)),
        ("en", "es", (1, 2)),
        ("de", "en", (3, 6)),
    ],
)
def test_a_noun_waits_for_what_describes_it_where_that_comes_after(
    source: str, target: str, holds: tuple[int, int]
) -> None:
    options = options_for(source, target)
    assert (options.hold, options.solo_hold) == holds
