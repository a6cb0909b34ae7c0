import pytest

from agent.hearing import (
    ORIGINAL,
    Listener,
    TranslatedTrack,
    audible,
    granted_again,
    hears,
    nearest,
    permissions,
    readers,
)

ANA_ES = TranslatedTrack("TR_1", "ana", "es")
ANA_FR = TranslatedTrack("TR_2", "ana", "fr")
BEN_ES = TranslatedTrack("TR_3", "ben", "es")
TRACKS = (ANA_ES, ANA_FR, BEN_ES)


def allowed(listener: Listener) -> set[str] | None:
    (sids,) = permissions([listener], TRACKS).values()
    return None if sids is None else set(sids)


def test_who_says_a_language_hears_it_and_no_other() -> None:
    assert allowed(Listener("lia", "es")) == {ANA_ES.sid, BEN_ES.sid}
    assert allowed(Listener("lia", "fr")) == {ANA_FR.sid}


def test_who_says_nothing_may_hear_everything() -> None:
    assert allowed(Listener("lia")) is None


def test_the_original_is_heard_without_a_translation() -> None:
    assert allowed(Listener("lia", ORIGINAL)) == set()


def test_nobody_hears_their_own_translation() -> None:
    assert allowed(Listener("ana", "es")) == {BEN_ES.sid}


def test_a_language_that_is_not_there_lets_nothing_through() -> None:
    assert allowed(Listener("lia", "de")) == set()


def test_who_asks_for_a_region_hears_the_nearest_there_is() -> None:
    regions = ("es-MX", "es-ES", "fr")
    assert nearest("es-es", regions) == "es-ES"
    assert nearest("es-AR", regions) == "es-MX", "one of them, and always the same"
    assert nearest("fr-CA", regions) == "fr"
    assert nearest("de", regions) is None


def test_a_language_may_be_written_as_people_write_it() -> None:
    assert nearest("es_MX", ("es-ES", "es-MX")) == "es-MX"
    assert nearest("French", ("es", "fr")) == "fr"
    assert nearest("", ("es", "fr")) is None


@pytest.mark.parametrize(("asked", "there"), [("nb-NO", "no"), ("fil", "tl"), ("iw", "he-IL")])
def test_a_language_may_go_by_another_of_its_codes(asked: str, there: str) -> None:
    assert nearest(asked, ("es", there)) == there


def test_attributes_of_other_clients_are_understood() -> None:
    assert hears({}) is None
    assert hears({"interpreter.hears": " es ", "language": "fr"}) == "es"
    assert hears({"interpreter.hears": "", "language": "fr"}) == "fr"
    assert hears({"captions_language": "de"}) == "de"


def test_captions_go_to_those_who_read_the_language() -> None:
    room = [Listener("lia", "es", "es"), Listener("luc", "es", "fr"), Listener("all")]
    assert readers(room, "es") == ["lia", "all"]
    assert readers(room, "fr") == ["luc", "all"]
    assert readers([Listener("lia", "es", "es")], "fr") == []


def test_captions_go_to_everybody_where_nobody_chooses() -> None:
    assert readers([Listener("lia"), Listener("luc")], "es") is None
    assert readers([], "es") is None


def test_a_track_that_was_taken_away_is_granted_again() -> None:
    asked = {"lia": frozenset({"TR_1"})}
    once = {"lia": frozenset({"TR_1", "TR_2"})}
    assert granted_again(asked, {"lia": frozenset({"TR_2"})}, once) == {"lia": ["TR_1"]}


def test_a_track_that_is_still_heard_or_new_is_not_granted_again() -> None:
    asked = {"lia": frozenset({"TR_1"})}
    heard = {"lia": frozenset({"TR_1"})}
    assert granted_again(asked, heard, heard) == {}
    assert granted_again(asked, {}, {}) == {}
    assert granted_again({"lia": None}, {}, heard) == {}


def test_only_published_tracks_are_audible() -> None:
    may = {"lia": None, "kim": frozenset({"TR_1", "TR_gone"})}
    assert audible(may, (ANA_ES, ANA_FR)) == {"lia": {"TR_1", "TR_2"}, "kim": {"TR_1"}}
