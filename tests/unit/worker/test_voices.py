"""Each speaker has a voice of their own."""

import pytest

from agent.engines.voices import Casting, Wish, voices_for

pytestmark = pytest.mark.unit

STOCK = {"anna": "female", "otto": "male", "maria": "female", "klang": None}
ANA, BEN, CARL, DORA, EVE = (Wish(name) for name in ("ana", "ben", "carl", "dora", "eve"))


def test_the_first_speaker_has_the_preferred_voice_and_each_other_one_of_their_own() -> None:
    casting = Casting()
    given = [casting.cast(wish, STOCK) for wish in (ANA, BEN, CARL, DORA)]
    assert given == ["anna", "otto", "maria", "klang"]
    assert casting.cast(EVE, STOCK) == "anna", "when there are no more, over again"


def test_a_speaker_keeps_their_voice() -> None:
    casting = Casting()
    assert [casting.cast(wish, STOCK) for wish in (ANA, BEN, ANA, BEN)] == ["anna", "otto"] * 2


def test_every_language_and_engine_is_cast_by_itself() -> None:
    casting = Casting()
    assert casting.cast(ANA, STOCK) == "anna"
    assert casting.cast(BEN, {"denise": "female", "henri": "male"}) == "denise"


def test_the_voice_of_who_has_left_goes_to_the_next() -> None:
    casting = Casting()
    for wish in (ANA, BEN, CARL):
        casting.cast(wish, STOCK)
    casting.forget("ben")
    assert casting.cast(DORA, STOCK) == "otto"
    assert casting.cast(ANA, STOCK) == "anna"


@pytest.mark.parametrize(
    ("wish", "voice"),
    [("female", "anna"), ("male", "otto"), ("klang", "klang"), ("nobody", "anna"), ("", "anna")],
)
def test_a_wish_is_granted_where_there_is_such_a_voice(wish: str, voice: str) -> None:
    assert Casting().cast(Wish("ana", wish), STOCK) == voice


def test_of_the_voices_that_are_wished_for_the_one_that_the_fewest_have_is_given() -> None:
    casting = Casting()
    assert casting.cast(ANA, STOCK) == "anna"
    assert casting.cast(Wish("ben", "female"), STOCK) == "maria"
    assert casting.cast(Wish("carl", "female"), STOCK) == "anna"


def test_whoever_wishes_for_another_voice_gives_theirs_back() -> None:
    casting = Casting()
    casting.cast(ANA, STOCK)
    assert casting.cast(Wish("ana", "male"), STOCK) == "otto"
    assert casting.cast(BEN, STOCK) == "anna"


def test_voices_are_configured_for_a_language_or_for_one_of_its_regions() -> None:
    configured = {"es": ("a", "b"), "es-MX": ("c",)}
    assert [voices_for(code, configured) for code in ("es", "es-AR", "es-MX", "fr")] == [
        ("a", "b"),
        ("a", "b"),
        ("c",),
        (),
    ]
