"""What goes wrong in a cascade, by stage."""

from typing import Literal, TypeAlias

from livekit.agents import APIError

Stage: TypeAlias = Literal["stt", "translation", "tts", "output"]


class CascadeError(APIError):
    """A stage of the cascade failed. ``stage`` says which; the rest of the cascade goes on.

    * ``stt``: the recogniser is restarted; audio in its buffer may be lost, committed words not.
    * ``translation``: the segment's caption shows the original text behind what is committed.
    * ``tts``: the clause stays silent; its caption is kept.
    * ``output``: the track is gone; captions go on.
    """

    def __init__(self, stage: Stage, message: str, *, retryable: bool = True) -> None:
        super().__init__(message, retryable=retryable)
        self.stage = stage
