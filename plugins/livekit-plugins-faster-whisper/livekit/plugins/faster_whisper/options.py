"""Settings of a stream."""

from dataclasses import dataclass, field
from typing import Literal

from .agreement import AlignedHoldBack, LocalAgreement, Policy
from .transcriber import WindowOptions

PolicyName = Literal["hold_back", "local_agreement"]


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Durations are seconds of audio.

    Attributes:
        step_seconds: new audio between two decodes. A step that takes longer than this makes the
            next one longer; decodes never queue.
        decode_share: most of the time that decodes may take: a machine on which they are slow takes
            longer steps, and has time left for what else it does.
        hold_seconds: words that end closer than this to the end of the audio wait, but no longer
            than until the next decode says them again (hold_back).
        pre_roll_seconds: audio decoded before the first window in which a voice was heard.
        end_silence_seconds: silence that ends an utterance.
        hush_seconds: silence after which what was said is decoded without waiting for the step: if
            the utterance proves to have ended there, its words are known by then.
        window: how much audio one decode covers.
    """

    step_seconds: float = 0.5
    decode_share: float = 0.6
    hold_seconds: float = 0.3
    pre_roll_seconds: float = 0.5
    end_silence_seconds: float = 0.45
    hush_seconds: float = 0.2
    window: WindowOptions = field(default_factory=WindowOptions)

    def __post_init__(self) -> None:
        if self.step_seconds <= 0:
            raise ValueError(f"step_seconds must be greater than 0, got {self.step_seconds}")
        if not 0 < self.decode_share <= 1:
            raise ValueError(f"decode_share is a part of 1, got {self.decode_share}")
        for name in ("hold_seconds", "pre_roll_seconds", "hush_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if self.end_silence_seconds < 0.1:
            raise ValueError(
                f"end_silence_seconds below 0.1 ends an utterance inside a word, "
                f"got {self.end_silence_seconds}"
            )


def new_policy(name: PolicyName, options: StreamOptions) -> Policy:
    """A fresh policy, one per stream.

    Raises:
        ValueError: no such policy.
    """
    if name == "hold_back":
        return AlignedHoldBack(hold=options.hold_seconds)
    if name == "local_agreement":
        return LocalAgreement(2)
    raise ValueError(f"policy {name!r} is unknown; use 'hold_back' or 'local_agreement'")
