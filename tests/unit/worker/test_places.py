"""Who goes on being interpreted where more microphones are open than may be."""

import pytest

from agent.places import KEPT_SECONDS, Places
from agent.routing import Participant, plan

pytestmark = pytest.mark.unit

# Seconds, and who has which microphones then, in the order in which they came.
Moment = tuple[float, dict[str, str]]

SOON, LATE = 1.0 + KEPT_SECONDS / 2, 2.0 + KEPT_SECONDS


def interpreted(*happens: Moment, most: int = 1) -> list[str]:
    """Sids of the microphones that are interpreted after each moment."""
    places = Places(most)
    found = []
    for now, there in happens:
        people = [
            Participant(who, microphones=tuple(sids.split()), joined_at=number)
            for number, (who, sids) in enumerate(there.items())
        ]
        planned = plan(
            people,
            spoken=("en",),
            target_languages=(),
            detected={},
            max_speakers=most,
            served=places.claims(people, now),
        )
        places.give(planned)
        found.append(" ".join(sorted(speaker.track_sid for speaker in planned.speakers)))
    return found


@pytest.mark.parametrize(
    ("happens", "found"),
    [
        pytest.param(
            [(0.0, {"ana": "a"}), (1.0, {"ben": "b", "ana": "a"})],
            ["a", "a"],
            id="nobody is displaced by who came first",
        ),
        pytest.param(
            [
                (0.0, {"ana": "a"}),
                (1.0, {"ben": "b"}),
                (SOON, {"ben": "b", "ana": "a2"}),
                (LATE, {"ben": "b", "ana": "a2"}),
            ],
            ["a", "b", "a2", "a2"],
            id="who lost the network has their place again",
        ),
        pytest.param(
            [(0.0, {"ana": "a"}), (1.0, {"ben": "b"}), (LATE, {"ana": "a2", "ben": "b"})],
            ["a", "b", "b"],
            id="who was away for longer has not",
        ),
        pytest.param(
            [
                (0.0, {"ana": "a"}),
                (1.0, {}),
                (SOON, {"ben": "b"}),
                (SOON, {"ben": "b", "ana": "a"}),
            ],
            ["a", "", "b", "a"],
            id="the interpreter lost the network",
        ),
        pytest.param(
            [
                (0.0, {"ana": "a"}),
                (1.0, {"ben": "b"}),
                (SOON, {"ben": "b", "ana": "a2"}),
                (LATE, {"ben": "b"}),
                (LATE, {"eva": "e", "ben": "b"}),
            ],
            ["a", "b", "a2", "b", "b"],
            id="who stood in is one of those who wait",
        ),
        pytest.param(
            [
                (0.0, {"ana": "a"}),
                (1.0, {"ben": "b", "ana": "a a2"}),
                (2.0, {"ben": "b", "ana": "a2"}),
            ],
            ["a", "a", "a2"],
            id="another microphone of the same person",
        ),
    ],
)
def test_who_is_interpreted_stays_so(happens: list[Moment], found: list[str]) -> None:
    assert interpreted(*happens) == found


def test_a_second_microphone_displaces_nobody() -> None:
    both = {"ana": "a", "ben": "b"}
    assert interpreted((0.0, both), (1.0, {**both, "ana": "a a2"}), most=2) == ["a b", "a b"]


def test_who_is_left_out_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    both = {"ana": "a", "ben": "b"}
    interpreted((0.0, both), (1.0, both), (2.0, {**both, "eva": "e"}))
    assert [getattr(record, "lk.pii.speaker") for record in caplog.records] == ["ben", "eva"]
