"""Who goes on being interpreted where more microphones are open than may be."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from .routing import Participant, Plan, Speaker

logger = logging.getLogger("interpreter.places")

KEPT_SECONDS = 10.0
"""How long after their microphone has gone somebody has their place again when they come back: a
lost network and a change of device look like that."""


@dataclass(frozen=True, slots=True)
class Place:
    """A microphone that is interpreted, or was; ``gone_at`` is when it was first missed."""

    identity: str
    track_sid: str
    gone_at: float | None = None


class Places:
    """Remembers who is interpreted, in the order in which they began.

    Meanwhile others are interpreted in place of those who are away, so that nothing of what is said
    waits for somebody who may not come back.

    Args:
        most: how many there are, for the log.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: tuple[Place, ...] = ()
        self._left_out: frozenset[str] = frozenset()

    def claims(self, participants: Iterable[Participant], now: float) -> list[str]:
        """Sids of the microphones that go before all others, the first first.

        Args:
            now: in seconds of any clock that never goes back.
        """
        there = {sid: one.identity for one in participants for sid in one.microphones}
        self._places = kept(self._places, there, now)
        return [place.track_sid for place in self._places]

    def give(self, planned: Plan) -> None:
        """These are interpreted now; the log tells once of each that is one too many."""
        sids = {speaker.track_sid for speaker in planned.speakers}
        stay = [
            place for place in self._places if place.gone_at is not None or place.track_sid in sids
        ]
        known = {place.track_sid for place in stay}
        new = [one for one in planned.speakers if one.track_sid not in known]
        self._places = (*stay, *(Place(one.identity, one.track_sid) for one in new))
        self._tell_left_out(planned.left_out)

    def _tell_left_out(self, speakers: Collection[Speaker]) -> None:
        for speaker in speakers:
            if speaker.track_sid not in self._left_out:
                logger.warning(
                    "a microphone is not interpreted, there are more than "
                    "INTERPRETER_MAX_SPEAKERS=%d: set it higher if the machine can keep up",
                    self._most,
                    extra={"lk.pii.speaker": speaker.identity, "track": speaker.track_sid},
                )
        self._left_out = frozenset(speaker.track_sid for speaker in speakers)


def kept(places: Iterable[Place], there: Mapping[str, str], now: float) -> tuple[Place, ...]:
    """The places that are still somebody's; a new microphone takes the one of its person's last.

    Args:
        there: who owns the microphones in the room, by sid.
    """
    held = [p for p in places if p.gone_at is None or now - p.gone_at < KEPT_SECONDS]
    known = {place.track_sid for place in held}
    new = {sid: who for sid, who in there.items() if sid not in known}
    found = []
    for place in held:
        again = next((sid for sid, who in new.items() if who == place.identity), None)
        if place.track_sid in there:
            found.append(replace(place, gone_at=None))
        elif again is not None:
            del new[again]
            found.append(Place(place.identity, again))
        else:
            found.append(replace(place, gone_at=now if place.gone_at is None else place.gone_at))
    return tuple(found)
