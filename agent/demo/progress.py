"""How far the interpretation has come, from what was seen and heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.routing import source_languages

# After the end of speech: what is recognised at all shows up within this time.
_RECOGNITION_SECONDS = 12.0
# The last words are through when nothing has happened for so long.
_QUIET_SECONDS = 2.0


@dataclass
class RunProgress:
    """Follows the events of one run; times are wall time in seconds.

    A segment is pending for a language until the worker says that all its audio was handed out.
    """

    targets: tuple[str, ...]
    speech_ended_at: float | None = None
    last_activity: float = 0.0
    lag: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _said: dict[str, set[str]] = field(default_factory=dict)
    _spoken: dict[str, set[str]] = field(default_factory=dict)
    _segment_lag: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any], now: float) -> None:
        """Take one line of the emissions log in."""
        self.last_activity = max(self.last_activity, now)
        kind, language, segment_id = (
            str(event.get(k, "")) for k in ("kind", "language", "segment_id")
        )
        data = event.get("data", {})
        if kind == "source":
            self._take_source(language, segment_id, data)
        elif kind == "spoken":
            self._spoken.setdefault(language, set()).add(segment_id)
        elif kind == "played":
            self.lag[language] = float(data["lag_seconds"])
            self._segment_lag.setdefault((language, segment_id), self.lag[language])
        elif kind == "error" and not data.get("recoverable", True):
            self.failures.append(f"{data.get('stage')} ({language}): {data.get('message')}")

    def heard(self, now: float) -> None:
        """Some listener hears sound."""
        self.last_activity = max(self.last_activity, now)

    @property
    def recognised(self) -> bool:
        """Whether any word was."""
        return bool(self._said)

    def is_spoken(self, language: str, segment_id: str) -> bool:
        """Whether a segment's audio has been handed out to its end."""
        return segment_id in self._spoken.get(language, ())

    def segment_lag(self, language: str, segment_id: str) -> float | None:
        """How far behind its source a segment began to be heard; None if it was not."""
        return self._segment_lag.get((language, segment_id))

    def pending(self) -> dict[str, int]:
        """Segments that are recognised and not spoken to the end, by language."""
        unspoken = {
            language: self._to_speak(language) - self._spoken.get(language, set())
            for language in self.targets
        }
        return {language: len(segments) for language, segments in unspoken.items() if segments}

    def finished(self, now: float) -> bool:
        """Whether all that was said has been interpreted and heard."""
        if self.speech_ended_at is None:
            return False
        if not self.recognised:
            return now - self.speech_ended_at > _RECOGNITION_SECONDS
        quiet_since = max(self.last_activity, self.speech_ended_at)
        return not self._open and not self.pending() and now - quiet_since > _QUIET_SECONDS

    def _to_speak(self, language: str) -> set[str]:
        """Segments of the original; of a recogniser that writes ``language`` where there is one."""
        languages = source_languages(self._said, language, self.targets)
        return {segment for said in languages for segment in self._said[said]}

    def _take_source(self, language: str, segment_id: str, data: Mapping[str, Any]) -> None:
        if data.get("committed"):
            self._said.setdefault(language, set()).add(segment_id)
        if data.get("final"):
            self._open.discard(segment_id)
        else:
            self._open.add(segment_id)


def patience(speech_seconds: float) -> float:
    """Seconds after the end of speech after which waiting on is pointless.

    Translations run up to 1.43 times as long as English speech and a queue holds at most 8 s; the
    rest is room for a machine that is slower than the speaker.
    """
    return 60.0 + 2.0 * speech_seconds
