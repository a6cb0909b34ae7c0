"""How fast to speak, and what to give up, so that a translation keeps up with its speaker. Pure.

Translations take 1.05 to 1.43 times as long to say as English. Defaults follow what products
ship (Palabra: tempo 1.15-1.45, queue 5 s, at most 20 s), tightened to the span at which listeners
stop following (4 s; Karakanta 2021).
"""

from dataclasses import dataclass

# A change of rate that nobody hears.
_WORTH_FILTERING = 1.03


@dataclass(frozen=True, slots=True)
class PacingOptions:
    """Attributes:
    relaxed_seconds: queue below which speech keeps its natural speed; about one piece.
    gain: speed added per second of queue beyond that. A translation that needs 1.3 times the
        speaker's time settles where this adds 0.3, so a small gain is a long lag.
    max_speed: reached smoothly.
    hard_cap: never exceeded, even when ``urgent_seconds`` of queue have built up.
    step: most that the speed changes from one chunk to the next.
    drop_seconds: queue beyond which the oldest unspoken clause is given up.
    """

    relaxed_seconds: float = 1.0
    gain: float = 0.2
    max_speed: float = 1.3
    hard_cap: float = 1.45
    urgent_seconds: float = 3.0
    step: float = 0.1
    drop_seconds: float = 8.0


def speed(queue_seconds: float, *, previous: float, options: PacingOptions) -> float:
    """Speaking rate for the next chunk, given the seconds of speech still to be heard."""
    cap = options.hard_cap if queue_seconds > options.urgent_seconds else options.max_speed
    wanted = 1.0 + options.gain * max(queue_seconds - options.relaxed_seconds, 0.0)
    wanted = min(wanted, cap)
    # Two steps when urgent: a listener minds 0.2 less than a lag that keeps growing.
    step = options.step * (2 if queue_seconds > options.urgent_seconds else 1)
    return min(max(wanted, previous - step), previous + step)


def catch_up(
    queue_seconds: float, *, previous: float, synthesised: float, options: PacingOptions
) -> float:
    """Tempo for audio that was synthesised more slowly than the queue now asks for.

    Args:
        queue_seconds: speech still to be heard.
        previous: rate at which the audio before it was heard.
        synthesised: rate that the voice gave this audio.

    Returns:
        1.0 where the difference is not worth a filter.
    """
    ratio = speed(queue_seconds, previous=previous, options=options) / synthesised
    return ratio if ratio >= _WORTH_FILTERING else 1.0


def must_drop(queue_seconds: float, options: PacingOptions) -> bool:
    """Whether so much is waiting that the oldest unspoken clause has to go."""
    return queue_seconds > options.drop_seconds
