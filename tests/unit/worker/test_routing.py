"""Who is interpreted into what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from agent.routing import (
    SPEAKS,
    VOICE,
    Changes,
    Participant,
    Plan,
    Route,
    Speaker,
    changes,
    plan,
    same_language,
)

pytestmark = pytest.mark.unit

ANA = Participant("ana", microphones=("TR_ana",))
BEN = Participant("ben", attributes={SPEAKS: "de"}, microphones=("TR_ben",))
NONE: frozenset[Route] = frozenset()


def _plan(
    *participants: Participant,
    source: tuple[str, ...] = ("en",),
    targets: tuple[str, ...] = ("es", "fr"),
    detected: Mapping[str, str] | None = None,
    most: int = 8,
    served: Sequence[str] = (),
) -> Plan:
    return plan(
        participants,
        spoken=source,
        target_languages=targets,
        detected=detected or {},
        max_speakers=most,
        served=served,
    )


def _pairs(found: Plan) -> set[tuple[str, str, str]]:
    return {(r.speaker_identity, r.source_language, r.target_language) for r in found.routes}


def test_every_speaker_into_every_language() -> None:
    assert _pairs(_plan(ANA, BEN)) == {
        ("ana", "en", "es"),
        ("ana", "en", "fr"),
        ("ben", "de", "es"),
        ("ben", "de", "fr"),
    }


def test_nobody_is_interpreted_into_their_own_language() -> None:
    found = _plan(ANA, BEN, source=("es-MX",), targets=("es", "de"))
    assert _pairs(found) == {("ana", "es-MX", "de"), ("ben", "de", "es")}
    assert len(found.speakers) == 2


@pytest.mark.parametrize("said", ["es_MX", "Spanish", "ES", "spa"])
def test_nor_where_it_is_written_as_people_write_it(said: str) -> None:
    person = Participant("ana", attributes={SPEAKS: said}, microphones=("TR_ana",))
    assert {target for _, _, target in _pairs(_plan(person))} == {"fr"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("en", "en-GB"),
        ("no", "nb-NO"),
        ("nn", "nb"),
        ("tl", "fil-PH"),
        ("he", "iw"),
        ("id", "in"),
        ("yi", "ji"),
        ("jv", "jw"),
        ("zh", "cmn-Hans-CN"),
    ],
)
def test_one_language_under_several_codes(first: str, second: str) -> None:
    assert same_language(first, second)
    assert same_language(second, first)


@pytest.mark.parametrize(("first", "second"), [("no", "da"), ("tl", "ceb"), ("id", "ms")])
def test_languages_that_are_only_alike(first: str, second: str) -> None:
    assert not same_language(first, second)


def test_agents_and_people_without_a_microphone_are_left_out() -> None:
    agent = Participant("interpreter", is_person=False, microphones=("TR_agent",))
    assert _plan(agent, Participant("listener")) == Plan()


def test_a_blank_attribute_is_none() -> None:
    person = Participant("ana", attributes={SPEAKS: " "}, microphones=("TR_ana",))
    assert _plan(person).speakers == {Speaker("ana", "TR_ana", ("en",))}


def test_a_speaker_says_how_they_want_to_sound() -> None:
    person = Participant("ana", attributes={VOICE: " male "}, microphones=("TR_ana",))
    assert _plan(person, BEN).voices == {"ana": "male"}


def test_a_language_to_detect_has_routes_once_it_is_heard() -> None:
    before = _plan(ANA, source=())
    assert before == Plan(frozenset({Speaker("ana", "TR_ana", ())}))
    after = _plan(ANA, source=(), detected={"TR_ana": "fr"})
    assert after.speakers == before.speakers, "the recogniser goes on"
    assert _pairs(after) == {("ana", "fr", "es")}


@pytest.mark.parametrize(
    ("said", "languages"),
    [
        ("de, en", ("de", "en")),
        ("auto", ()),
        ("Auto", ()),
        ("es-MX", ("es-MX",)),
        (" , ", ("en",)),
        ("es_mx, German", ("es-MX", "de")),
    ],
)
def test_a_speaker_may_say_several_languages_or_any(said: str, languages: tuple[str, ...]) -> None:
    person = Participant("ana", attributes={SPEAKS: said}, microphones=("TR_ana",))
    (speaker,) = _plan(person).speakers
    assert speaker.languages == languages


def test_a_speaker_of_two_languages_is_interpreted_out_of_the_one_that_is_heard() -> None:
    both = Participant("ana", attributes={SPEAKS: "en,es"}, microphones=("TR_ana",))
    english, spanish = (_plan(both, detected={"TR_ana": heard}) for heard in ("en", "es"))
    assert _pairs(english) == {("ana", "en", "es"), ("ana", "en", "fr")}
    assert _pairs(spanish) == {("ana", "es", "fr")}
    assert english.speakers == spanish.speakers, "the recogniser goes on"


def test_who_came_first_is_served_in_whatever_order_the_room_tells_of_them() -> None:
    ana, ben = replace(ANA, joined_at=2.0), replace(BEN, joined_at=1.0)
    for room in ((ana, ben), (ben, ana)):
        found = _plan(*room, most=1)
        assert found.speakers == {Speaker("ben", "TR_ben", ("de",))}
        assert found.left_out == {Speaker("ana", "TR_ana", ("en",))}
        assert {route.speaker_identity for route in found.routes} == {"ben"}


def test_nobody_who_is_served_is_displaced() -> None:
    found = _plan(ANA, BEN, most=1, served=["TR_ben", "TR_gone"])
    assert found.speakers == {Speaker("ben", "TR_ben", ("de",))}


def test_nobody_is_left_out_where_there_is_room() -> None:
    assert _plan(ANA, BEN, most=2).left_out == frozenset()


def test_changes_lead_to_the_plan() -> None:
    both, only_ben = _plan(ANA, BEN), _plan(BEN)
    left = changes(both, only_ben)
    assert left == Changes(frozenset({Speaker("ana", "TR_ana", ("en",))}), frozenset(), NONE, NONE)
    came = changes(only_ben, both)
    assert {r.speaker_identity for r in came.start_routes} == {"ana"}
    assert came.stop_speakers == frozenset()
    assert changes(both, both) == Changes(frozenset(), frozenset(), NONE, NONE)


def test_a_route_comes_and_goes_while_its_speaker_stays() -> None:
    one, two = _plan(ANA, targets=("es",)), _plan(ANA)
    french = Route("ana", "TR_ana", "en", "fr")
    assert changes(one, two) == Changes(frozenset(), frozenset(), NONE, frozenset({french}))
    assert changes(two, one) == Changes(frozenset(), frozenset(), frozenset({french}), NONE)


def test_nothing_starts_anew_for_a_speaker_who_wants_another_voice() -> None:
    before, after = _plan(ANA), _plan(replace(ANA, attributes={VOICE: "male"}))
    assert (before.voices, after.voices) == ({}, {"ana": "male"})
    assert changes(before, after) == Changes(frozenset(), frozenset(), NONE, NONE)


def test_a_speaker_who_changes_language_starts_anew() -> None:
    german = Participant("ana", attributes={SPEAKS: "de"}, microphones=("TR_ana",))
    changed = changes(_plan(ANA, targets=("es",)), _plan(german, targets=("es",)))
    assert changed == Changes(
        stop_speakers=frozenset({Speaker("ana", "TR_ana", ("en",))}),
        start_speakers=frozenset({Speaker("ana", "TR_ana", ("de",))}),
        stop_routes=NONE,
        start_routes=frozenset({Route("ana", "TR_ana", "de", "es")}),
    )
