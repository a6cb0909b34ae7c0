"""Who is interpreted into what."""

from collections.abc import Mapping

import pytest

from agent.routing import SPEAKS, VOICE, Changes, Participant, Plan, Route, Speaker, changes, plan

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
) -> Plan:
    return plan(
        participants,
        spoken=source,
        target_languages=targets,
        detected=detected or {},
        max_speakers=most,
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


def test_agents_and_people_without_a_microphone_are_left_out() -> None:
    agent = Participant("interpreter", is_person=False, microphones=("TR_agent",))
    assert _plan(agent, Participant("listener")) == Plan()


def test_a_blank_attribute_is_none() -> None:
    person = Participant("ana", attributes={SPEAKS: " "}, microphones=("TR_ana",))
    assert _plan(person).speakers == {Speaker("ana", "TR_ana", ("en",))}


def test_a_speaker_says_how_they_want_to_sound() -> None:
    person = Participant("ana", attributes={VOICE: " male "}, microphones=("TR_ana",))
    assert _plan(person).speakers == {Speaker("ana", "TR_ana", ("en",), "male")}


def test_a_language_to_detect_has_routes_once_it_is_heard() -> None:
    before = _plan(ANA, source=())
    assert before == Plan(frozenset({Speaker("ana", "TR_ana", ())}))
    after = _plan(ANA, source=(), detected={"TR_ana": "fr"})
    assert after.speakers == before.speakers, "the recogniser goes on"
    assert _pairs(after) == {("ana", "fr", "es")}


@pytest.mark.parametrize(
    ("said", "languages"),
    [("de, en", ("de", "en")), ("auto", ()), ("es-MX", ("es-MX",)), (" , ", ("en",))],
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


def test_the_first_speakers_are_served() -> None:
    assert _plan(ANA, BEN, most=1).speakers == {Speaker("ana", "TR_ana", ("en",))}


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


def test_a_speaker_who_changes_language_starts_anew() -> None:
    german = Participant("ana", attributes={SPEAKS: "de"}, microphones=("TR_ana",))
    changed = changes(_plan(ANA, targets=("es",)), _plan(german, targets=("es",)))
    assert changed == Changes(
        stop_speakers=frozenset({Speaker("ana", "TR_ana", ("en",))}),
        start_speakers=frozenset({Speaker("ana", "TR_ana", ("de",))}),
        stop_routes=NONE,
        start_routes=frozenset({Route("ana", "TR_ana", "de", "es")}),
    )
