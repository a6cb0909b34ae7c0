"""How fast the model has to be asked to speak for a text to be said at its usual pace. Pure."""

# A voice that interprets gets its sentences in pieces, and in these languages the model draws out
# the beginning and the end of each: three Spanish words are said at 15.5 characters a second, ten
# or more at 17.7; three Italian ones at 14.6 instead of 17.4. It is as much as these many sounds
# more would take. English and French pieces are said faster than whole sentences.
_DRAWN_OUT = {"es": 2.5, "it": 3.5, "pt-br": 2.0}
# So short a text is said by itself, and may take its time.
_LEAST_SOUNDS = 10


def asked_speed(speed: float, *, sounds: int, espeak_language: str) -> float:
    """What the model is asked for so that ``sounds`` phonemes are said at ``speed`` times the pace
    of whole sentences."""
    if sounds < _LEAST_SOUNDS:
        return speed
    return speed * (1.0 + _DRAWN_OUT.get(espeak_language, 0.0) / sounds)
