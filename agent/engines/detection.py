"""Where speech begins and ends, for recognisers that are not told."""

from livekit.agents.vad import VAD

from livekit.plugins import silero

# A detector keeps no more of what somebody says without a pause, and logs a warning then.
_MAX_BUFFERED_SPEECH = 300.0


def speech_detector(end_silence_seconds: float, *, prefix_seconds: float = 0.0) -> VAD:
    """A detector that tells the end of speech after so long a silence.

    Args:
        prefix_seconds: of what was heard before an utterance, given with it.
    """
    return silero.VAD.load(
        min_silence_duration=end_silence_seconds,
        prefix_padding_duration=prefix_seconds,
        max_buffered_speech=_MAX_BUFFERED_SPEECH,
    )
