"""Which words a policy commits, and when."""

import pytest

from livekit.plugins.faster_whisper.agreement import (
    AlignedHoldBack,
    Decision,
    LocalAgreement,
    Word,
    after_committed,
    common_prefix,
    monotone,
)
from tests.fakes.timed_words import text, words

pytestmark = pytest.mark.unit


class TestLocalAgreement:
    def test_first_hypothesis_commits_nothing(self) -> None:
        decision = LocalAgreement().decide(words("ask not what"), audio_end=1.5)
        assert decision == Decision((), words("ask not what"))

    def test_commits_what_two_hypotheses_share(self) -> None:
        policy = LocalAgreement()
        policy.decide(words("ask not watch"), audio_end=1.5)
        decision = policy.decide(words("ask not what your"), audio_end=2.0)
        assert text(decision.commit) == "ask not"
        assert text(decision.tail) == "what your"

    def test_compares_with_the_uncommitted_rest(self) -> None:
        policy = LocalAgreement()
        policy.decide(words("ask not"), audio_end=1.0)
        policy.decide(words("ask not what"), audio_end=1.5)
        decision = policy.decide(words("what your", start=1.0), audio_end=2.0)
        assert text(decision.commit) == "what"

    def test_three_hypotheses_must_agree_when_n_is_three(self) -> None:
        policy = LocalAgreement(3)
        assert policy.decide(words("a b"), audio_end=1).commit == ()
        assert policy.decide(words("a b c"), audio_end=2).commit == ()
        assert text(policy.decide(words("a x c"), audio_end=3).commit) == "a"

    def test_reset_forgets_the_last_utterance(self) -> None:
        policy = LocalAgreement()
        policy.decide(words("ask not"), audio_end=1.0)
        policy.reset()
        assert policy.decide(words("ask not"), audio_end=1.0).commit == ()

    def test_refuses_to_agree_with_nobody(self) -> None:
        with pytest.raises(ValueError, match="at least 2"):
            LocalAgreement(1)


class TestAlignedHoldBack:
    def test_commits_words_that_end_before_the_hold(self) -> None:
        decision = AlignedHoldBack(hold=0.3).decide(words("a b c d"), audio_end=2.0)
        assert text(decision.commit) == "a b c"
        assert text(decision.tail) == "d"

    def test_a_word_inside_the_hold_waits_with_all_after_it(self) -> None:
        decision = AlignedHoldBack(hold=0.6).decide(words("a b c d"), audio_end=2.0)
        assert text(decision.commit) == "a b"

    def test_the_last_word_waits_however_old_it_is(self) -> None:
        decision = AlignedHoldBack(hold=0.3).decide(words("a"), audio_end=9.0)
        assert decision == Decision((), words("a"))

    def test_agreement_commits_inside_the_hold_but_never_the_last_word(self) -> None:
        policy = AlignedHoldBack(hold=5.0)
        policy.decide(words("a b c"), audio_end=1.5)
        decision = policy.decide(words("a b c"), audio_end=2.0)
        assert text(decision.commit) == "a b"

    def test_an_unsure_word_waits_longer_with_all_after_it(self) -> None:
        policy = AlignedHoldBack(hold=0.3, unsure_hold=2.0, sure=0.6)
        unsure = Word(" b", 0.5, 1.0, probability=0.4)
        said = (words("a")[0], unsure, *words("c d", start=1.0))
        assert text(policy.decide(said, audio_end=2.4).commit) == "a"

    def test_an_unsure_word_is_committed_once_it_is_old(self) -> None:
        policy = AlignedHoldBack(hold=0.3, unsure_hold=1.0)
        said = (Word(" a", 0.0, 0.5, probability=0.1), *words("b", start=0.5))
        assert text(policy.decide(said, audio_end=1.5).commit) == "a"

    def test_an_unsure_word_waits_less_once_it_is_said_again(self) -> None:
        policy = AlignedHoldBack(unsure_hold=2.0, unsure_agree_hold=0.5)
        said = (Word(" a", 0.0, 0.5, probability=0.1), *words("b c d", start=0.5))
        assert policy.decide(said, audio_end=2.0).commit == ()
        assert text(policy.decide(said, audio_end=2.0).commit) == "a b c"

    def test_the_first_words_of_an_utterance_wait_for_more_of_it(self) -> None:
        policy = AlignedHoldBack(hold=0.1, first=1.5)
        assert policy.decide(words("a b", each=0.4), audio_end=1.0).commit == ()
        assert text(policy.decide(words("a b c", each=0.4), audio_end=1.5).commit) == "a b"
        later = policy.decide(words("c d", start=0.8, each=0.4), audio_end=1.8)
        assert text(later.commit) == "c"

    def test_reset_forgets_the_earlier_hypothesis(self) -> None:
        policy = AlignedHoldBack(hold=5.0)
        policy.decide(words("a b c"), audio_end=1.5)
        policy.reset()
        assert policy.decide(words("a b c"), audio_end=2.0).commit == ()

    def test_nothing_said_nothing_committed(self) -> None:
        assert AlignedHoldBack().decide((), audio_end=2.0) == Decision((), ())

    def test_refuses_a_negative_hold(self) -> None:
        with pytest.raises(ValueError, match="seconds"):
            AlignedHoldBack(hold=-0.1)


class TestAfterCommitted:
    def test_all_is_new_when_nothing_is_committed(self) -> None:
        assert after_committed(words("a b"), ()) == words("a b")

    def test_drops_words_that_begin_before_the_committed_end(self) -> None:
        assert text(after_committed(words("a b c d"), words("a b"))) == "c d"

    def test_drops_committed_words_whose_times_moved(self) -> None:
        moved = words("not what your", start=1.1)
        assert text(after_committed(moved, words("ask not what", each=0.4))) == "your"

    def test_keeps_a_repetition_that_comes_a_second_later(self) -> None:
        again = words("no no", start=3.0)
        assert text(after_committed(again, words("no no"))) == "no no"

    def test_keeps_a_clause_that_was_said_twice(self) -> None:
        heard = words("we will go on we will go on to")
        assert text(after_committed(heard, words("we will go on"))) == "we will go on to"
        assert text(after_committed(heard, words("we will go on we will go on"))) == "to"

    def test_finds_the_place_though_a_committed_word_is_heard_otherwise(self) -> None:
        heard = words("ask not watt your country can")
        assert text(after_committed(heard, words("ask not what your"))) == "country can"

    def test_ignores_case_and_punctuation_when_it_compares(self) -> None:
        moved = (Word(" Americans,", 2.0, 2.5), Word(" ask", 2.5, 3.0))
        committed = (Word(" americans", 1.2, 2.05),)
        assert text(after_committed(moved, committed)) == "ask"


def test_common_prefix_counts_equal_words() -> None:
    assert common_prefix(words("a b c"), words("a b d")) == 2
    assert common_prefix((), words("a")) == 0


def test_monotone_times_never_run_backwards() -> None:
    fixed = monotone((Word(" a", 0.1, 0.9), Word(" b", 0.5, 0.6)), 0.4)
    assert [(word.start, word.end) for word in fixed] == [(0.4, 0.9), (0.9, 0.9)]
