"""One sentence's translation as the source grows word by word."""

from dataclasses import replace

import pytest

from livekit.plugins.cascade.answer import Answer
from livekit.plugins.cascade.draft import OpenTranslation
from livekit.plugins.cascade.hypothesis import Hypothesis
from livekit.plugins.cascade.policy import PolicyOptions
from livekit.plugins.cascade.types import SentencePair, SourceSegment, Word

pytestmark = pytest.mark.unit


def snapshot(
    committed: str, tail: str = "", *, final: bool = False, paused: bool = False
) -> SourceSegment:
    words = [
        Word(word, 0.5 * index, 0.5 * index + 0.4)
        for index, word in enumerate(f"{committed} {tail}".split())
    ]
    split = len(committed.split())
    return SourceSegment(
        "s1", "en", tuple(words[:split]), tuple(words[split:]), final, 9.0, 99.0, paused
    )


@pytest.fixture
def draft() -> OpenTranslation:
    options = PolicyOptions(hold=1, solo_hold=3, leaning_hold=0, min_source_words=2, step_words=1)
    return OpenTranslation("s1", "es", options)


def step(draft: OpenTranslation, source: SourceSegment, hypothesis: str) -> str:
    assert draft.needs_hypothesis(source)
    draft.begin(source)
    draft.update(source, Hypothesis(hypothesis, complete=True))
    commit = draft.commit(source)
    return commit.text if commit else ""


def test_speaks_while_the_sentence_goes_on_and_never_twice(draft: OpenTranslation) -> None:
    spoken = [
        step(draft, snapshot("ask not"), "no preguntes"),
        step(draft, snapshot("ask not what your"), "no preguntes qué tu"),
        step(draft, snapshot("ask not what your country can"), "no preguntes qué tu país puede"),
        step(
            draft,
            snapshot("ask not what your country can do for you.", final=True),
            "no preguntes qué tu país puede hacer por ti.",
        ),
    ]
    assert spoken == ["", "no preguntes", " qué tu", " país puede hacer por ti."]
    assert draft.committed == "".join(spoken)


def test_a_draft_that_says_nothing_confirms_nothing(draft: OpenTranslation) -> None:
    source = snapshot("ask not what your country can do")
    assert step(draft, source, "uno dos tres cuatro cinco") == "uno dos"
    more = snapshot("ask not what your country can do for you today")
    draft.begin(more)
    commit = draft.commit(more)
    assert commit is None
    draft.begin(more)
    draft.update(more, Hypothesis("uno dos tres cuatro cinco seis", complete=True))
    commit = draft.commit(more)
    assert commit is not None
    assert commit.text == " tres cuatro cinco"


def test_a_draft_that_is_being_written_is_taken_to_become_as_long_as_its_source(
    draft: OpenTranslation,
) -> None:
    earlier = snapshot("one", "two three four")
    assert step(draft, earlier, "uno dos tres cuatro") == "uno"
    source = snapshot("one two three four", "five six")
    draft.begin(source)
    draft.update(source, Hypothesis("uno dos tres cuatro", complete=False))
    commit = draft.commit(source)
    assert commit is not None
    assert commit.text == " dos tres"


def test_a_single_new_word_waits_for_the_next() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(step_words=2, min_source_words=2))
    step(draft, snapshot("one two"), "uno dos")
    assert not draft.needs_hypothesis(snapshot("one two", "three"))
    assert draft.needs_hypothesis(snapshot("one two", "three four"))
    assert draft.needs_hypothesis(snapshot("one two three", final=True))


def test_the_last_word_of_a_sentence_waits_for_no_next_one() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(step_words=2, min_source_words=2))
    step(draft, snapshot("one two"), "uno dos")
    ended = snapshot("one two", "three.")
    step(draft, ended, "uno dos tres.")
    assert not draft.needs_hypothesis(ended)
    assert not draft.needs_hypothesis(snapshot("one two three."))


def test_a_draft_of_a_whole_sentence_is_written_to_its_end() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(solo_hold=2))
    step(draft, snapshot("one two three"), "uno dos tres")
    request = draft.request(snapshot("one two three", "four five six seven"))
    assert (request.previous, request.departure_units) == ("uno dos tres", 2 + 4)
    answer = Answer(draft.request(snapshot("one two three", "four five six seven.")), "es")
    for unit in "uno otro más y otros tantos que no acaban nunca".split():
        answer.add(f" {unit}")
        assert not answer.is_enough


def test_a_pause_makes_one_new_word_worth_a_hypothesis_and_nothing_new_none() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(step_words=2, min_source_words=2))
    step(draft, snapshot("one two"), "uno dos")
    paused = snapshot("one two three", paused=True)
    assert step(draft, paused, "uno dos trece, tres") == "uno dos trece, tres"
    assert not draft.needs_hypothesis(paused)
    assert not draft.needs_hypothesis(snapshot("one two three"))
    assert draft.needs_hypothesis(snapshot("one two three four", paused=True))


def test_a_draft_that_was_cut_short_is_written_to_its_end_in_a_pause() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(step_words=2, min_source_words=2))
    draft.begin(snapshot("one two three"))
    draft.update(snapshot("one two three"), Hypothesis("uno dos", complete=False))
    assert draft.needs_hypothesis(snapshot("one two three", paused=True))


def test_only_an_end_overtakes_a_draft(draft: OpenTranslation) -> None:
    draft.begin(snapshot("one two", "three"))
    assert not draft.is_overtaken_by(snapshot("one two three four"))
    assert draft.is_overtaken_by(snapshot("one two three four", paused=True))
    assert draft.is_overtaken_by(snapshot("one two tree", final=True))
    assert not draft.is_overtaken_by(replace(snapshot("one", final=True), segment_id="s2"))


def test_a_draft_of_the_same_words_is_not_begun_again_at_their_end(draft: OpenTranslation) -> None:
    draft.begin(snapshot("one two", "three"))
    assert not draft.is_overtaken_by(snapshot("one two three", paused=True))
    assert not draft.is_overtaken_by(snapshot("one two three.", final=True))
    assert draft.is_overtaken_by(snapshot("one two three?", final=True))
    draft.update(snapshot("one two", "three"), Hypothesis("uno dos tres", complete=True))
    assert not draft.needs_hypothesis(snapshot("one two three.", final=True))
    assert draft.needs_hypothesis(snapshot("one two three?", final=True))
    commit = draft.commit(snapshot("one two three.", final=True))
    assert commit is not None and commit.text == "uno dos tres."


def test_a_draft_that_was_cancelled_before_it_said_anything_is_not_taken_for_done(
    draft: OpenTranslation,
) -> None:
    step(draft, snapshot("one two"), "uno dos")
    draft.begin(snapshot("one two three four"))
    assert draft.needs_hypothesis(snapshot("one two three four", paused=True))
    assert draft.needs_hypothesis(snapshot("one two three four", final=True))


def test_one_word_or_an_unchanged_source_needs_no_hypothesis(draft: OpenTranslation) -> None:
    assert not draft.needs_hypothesis(snapshot("ask"))
    step(draft, snapshot("ask", "not"), "no preguntes")
    assert not draft.needs_hypothesis(snapshot("ask not"))


def test_words_that_the_recogniser_confirms_release_what_waited_for_them(
    draft: OpenTranslation,
) -> None:
    step(draft, snapshot("", "ask not what"), "no preguntes qué")
    assert step(draft, snapshot("", "ask not what your"), "no preguntes qué tu") == ""
    released = draft.commit(snapshot("ask not what your"))
    assert released is not None and released.text == "no preguntes qué"


def test_a_complete_draft_of_the_whole_sentence_is_not_translated_again(
    draft: OpenTranslation,
) -> None:
    step(draft, snapshot("ask", "not."), "no preguntes.")
    assert not draft.needs_hypothesis(snapshot("ask not.", final=True))
    draft.update(snapshot("ask", "not."), Hypothesis("no preguntes", complete=False))
    assert draft.needs_hypothesis(snapshot("ask not.", final=True))


def test_commits_carry_the_times_of_the_words_they_translate(draft: OpenTranslation) -> None:
    step(draft, snapshot("one two"), "uno dos")
    draft.begin(snapshot("one two three four"))
    draft.update(snapshot("one two three four"), Hypothesis("uno dos tres cuatro", complete=True))
    commit = draft.commit(snapshot("one two three four"))
    assert commit is not None
    assert (commit.source_start, commit.source_end) == (0.0, 0.9)


def test_the_translation_of_a_complete_sentence_is_spoken_as_it_is_written(
    draft: OpenTranslation,
) -> None:
    source = snapshot("ask not what your country can do", final=True)
    draft.begin(source)
    spoken = []
    for text in ("no", "no pregun", "no preguntes qué", "no preguntes qué puede ha"):
        draft.update(source, Hypothesis(text, complete=False))
        commit = draft.commit(source)
        spoken.append(commit.text if commit else "")
    assert spoken == ["", "no", " preguntes", " qué puede"]
    draft.update(source, Hypothesis("no preguntes qué puede hacer", complete=True))
    last = draft.commit(source)
    assert last is not None and last.text == " hacer"
    assert last.source_end == source.committed[-1].end


def test_what_goes_round_in_circles_is_not_spoken_as_it_is_written(draft: OpenTranslation) -> None:
    source = snapshot("ask not what your country can do", final=True)
    draft.begin(source)
    draft.update(source, Hypothesis("no te vas no te vas no", complete=False))
    commit = draft.commit(source)
    assert commit is not None and commit.text == "no te vas"


def test_a_draft_is_spoken_as_it_is_written_within_what_is_sure(draft: OpenTranslation) -> None:
    step(draft, snapshot("ask not what"), "no preguntes qué")
    source = snapshot("ask not what your country")
    draft.begin(source)
    draft.update(source, Hypothesis("no preguntes qué tu", complete=False))
    commit = draft.commit(source)
    assert commit is not None and commit.text == "no preguntes qué"


def test_a_word_that_is_heard_otherwise_is_worth_a_draft(draft: OpenTranslation) -> None:
    step(draft, snapshot("ask not", "watt"), "no preguntes vatio")
    assert draft.needs_hypothesis(snapshot("ask not", "what"))
    assert not draft.needs_hypothesis(snapshot("ask not", "watt."))


def test_a_draft_that_says_the_source_over_is_not_spoken() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions(hold=0, solo_hold=0, step_words=1))
    assert step(draft, snapshot("Custom speech provides"), "Custom speech provides") == ""
    assert step(draft, snapshot("Custom speech provides tools"), "Custom speech da útiles") == (
        "Custom speech da útiles"
    )


def test_a_draft_keeps_the_terms_that_are_said_in_its_own_language() -> None:
    draft = OpenTranslation("s1", "en", PolicyOptions(hold=0, solo_hold=0, step_words=1))
    source = replace(snapshot("叫 做 the sage on the stage，"), language="zh")
    assert step(draft, source, "The sage on the stage") == "The sage on the stage"


def test_a_finished_sentence_is_spoken_even_as_a_copy() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions())
    said = step(draft, snapshot("New York City Hall.", final=True), "New York City Hall.")
    assert said == "New York City Hall."


def test_a_finished_sentence_whose_draft_was_a_copy_is_spoken() -> None:
    draft = OpenTranslation("s1", "es", PolicyOptions())
    assert not step(draft, snapshot("New York City Hall"), "New York City Hall")
    said = step(draft, snapshot("New York City Hall.", final=True), "New York City Hall.")
    assert said == "New York City Hall."


def test_an_unspaced_script_is_committed_in_whole_tokens() -> None:
    """A model that has to go on after half a word goes on with another word."""
    options = PolicyOptions(hold=1, solo_hold=1, min_source_words=1, step_words=1)
    draft = OpenTranslation("s1", "ja", options)
    source = snapshot("look at the", "quality")
    draft.begin(source)
    draft.update(source, Hypothesis("品質を見ること", complete=False, token_ends=(2, 3, 5, 7)))
    commit = draft.commit(source)
    assert commit is not None and commit.text == "品質を見る"
    draft.update(source, Hypothesis("品質を見ることが", complete=False, token_ends=(7, 8)))
    commit = draft.commit(snapshot("look at the quality"))
    assert commit is not None and commit.text == "こと"
    end = snapshot("look at the quality now.", final=True)
    draft.update(end, Hypothesis("品質を見ることができる", complete=True, token_ends=(11,)))
    commit = draft.commit(end)
    assert commit is not None and commit.text.startswith("ができる")


def test_the_parts_of_a_sentence_before_are_not_spoken_again() -> None:
    parts = "datos de contenido, modelos, pruebas y puntos finales"
    context = [SentencePair("Content data, models, tests and endpoints.", f"{parts}.")]
    draft = OpenTranslation("s1", "es", PolicyOptions(), context)
    source = snapshot("You should see four tabs.", final=True)
    assert draft.request(source).context == tuple(context)
    assert step(draft, source, f"Deberías ver cuatro pestañas: {parts}.") == (
        "Deberías ver cuatro pestañas."
    )
    assert draft.kept_back == f"{parts}."


def test_a_sentence_whose_draft_slipped_into_another_script_is_translated_again(
    draft: OpenTranslation,
) -> None:
    step(draft, snapshot("that was in the wild era"), "eso fue en la 蛮荒时代, dicen")
    whole = step(
        draft, snapshot("that was in the wild era.", final=True), "eso fue en la 蛮荒, dicen."
    )
    assert draft.committed == "eso fue en la, dicen."
    assert draft.kept_back == "蛮荒,"
    assert whole


def test_a_sentence_of_which_the_draft_lost_an_echo_is_translated_again() -> None:
    parts = "datos de contenido, modelos, pruebas y puntos finales"
    context = [SentencePair("Content data, models, tests and endpoints.", f"{parts}.")]
    draft = OpenTranslation("s1", "es", PolicyOptions(), context)
    said = "You see all parts of it and then, with a few more words, what each of them is for"
    whole = f"Ves {parts}, y para qué sirve cada uno de ellos."
    assert not step(draft, snapshot(said), whole)
    assert not draft.kept_back, "nothing is lost yet"
    assert step(draft, snapshot(f"{said}.", final=True), whole) == whole
    assert not draft.kept_back


def heard(draft: OpenTranslation, source: SourceSegment) -> str:
    """What is committed where no hypothesis of ``source`` is made."""
    commit = draft.commit(source)
    return commit.text if commit else ""


def test_a_pause_commits_no_guess_that_the_recogniser_has_taken_back(
    draft: OpenTranslation,
) -> None:
    step(draft, snapshot("", "I think the others are"), "creo que los otros son")
    assert heard(draft, snapshot("I think", paused=True)) == "creo que"
    step(draft, snapshot("I think we should", paused=True), "creo que debemos")
    assert draft.committed == "creo que debemos"


def test_only_the_words_that_a_hypothesis_is_of_support_it(draft: OpenTranslation) -> None:
    guessed = snapshot("we will", "meet on some day next week")
    assert step(draft, guessed, "nos veremos algún día de esta semana, sí") == "nos veremos"
    assert heard(draft, snapshot("we will see each other on Monday")) == ""
    assert heard(draft, snapshot("we will meet on some")) == " algún día de"


def test_a_longer_hypothesis_of_words_taken_back_supports_nothing(draft: OpenTranslation) -> None:
    step(draft, snapshot("one", "two three four five six"), "uno dos tres cuatro cinco seis")
    assert draft.committed == "uno"
    assert step(draft, snapshot("one two", "tree for"), "uno dos tres cuatro") == " dos"


def test_a_hypothesis_that_says_something_else_than_was_spoken_is_not_taken(
    draft: OpenTranslation,
) -> None:
    source = snapshot("it costs a billion dollars.", final=True)
    draft.begin(source)
    assert draft.update(source, Hypothesis("cuesta un billón", complete=False))
    assert heard(draft, source) == "cuesta un"
    assert not draft.update(source, Hypothesis("cuesta mil millones de dólares.", complete=True))
    assert heard(draft, source) == ""
    assert draft.update(source, Hypothesis("Cuesta, un millar de dólares.", complete=True))
    assert heard(draft, source) == " millar de dólares."


def test_what_guards_take_from_a_sentence_is_taken_as_long_as_it_is_written(
    draft: OpenTranslation,
) -> None:
    source = snapshot("there is doubt and nothing else here.", final=True)
    draft.begin(source)
    looping = "hay 蛮荒时代 dudas" + " y más dudas" * 5
    for text in (looping, f"{looping} y nada", f"{looping} y nada más"):
        assert draft.update(source, Hypothesis(text, complete=False))
        draft.commit(source)
    assert draft.committed == "hay dudas y más dudas y nada"
    assert draft.update(source, Hypothesis(f"{looping} y nada más aquí.", complete=True))
    assert heard(draft, source) == " más aquí."
