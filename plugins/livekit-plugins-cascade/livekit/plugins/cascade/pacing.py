"""How fast to speak, and what to give up, so that a translation keeps up with its speaker. Pure.

Translations take 1.05 to 1.43 times as long to say as English. Defaults follow what products
ship (Palabra: tempo 1.15-1.45, queue 5 s, at most 20 s), tightened to the span at which listeners
stop following (4 s; Karakanta 2021).
"""

from dataclasses import dataclass

# Synthesis beside other engines takes at times so much longer than it did lately.
_RESERVE = 1.15
# A change of rate that nobody hears.
_WORTH_FILTERING = 1.03


@dataclass(frozen=True, slots=True)
class PacingOptions:
    """Attributes:
    relaxed_seconds: queue below which speech keeps its natural speed; about one piece.
    gain: speed added per second of queue beyond that. A translation that needs 1.3 times the
        speaker's time settles where this adds 0.3, so a small gain is a long lag.
    relaxed_lag, lag_gain: the same for how far the voice is behind the end of the words that it
        says. A machine that is slow at translating never has much in the queue, and yet falls
        behind; and where a translation takes longer to say than its source, a voice that is relaxed
        at first never catches up (after a fast speaker it is busy nine tenths of the time, at
        1.45).
    max_speed: reached smoothly.
    hard_cap: never exceeded, even when it is urgent.
    engine_speed: most that the engine itself is asked for as long as it keeps up, see
        :func:`engine_rate`; what is missing comes from stretching its audio. Kokoro at 1.3 swallows
        sounds: of its French Whisper base hears chrF 80, of French spoken at 1.15 and stretched to
        1.3 or 1.45 it hears 89, at 1.0 and stretched 90 (tests/benchmarks/test_fast_speech.py).
        Slower is dearer: 1.05 takes a tenth more computing than 1.15.
    urgent_seconds: queue from which on it is urgent.
    urgent_lag: lag from which on it is. The words in the middle of a piece are then two and a half
        seconds behind; people who interpret are three (Lee 2002), and at four listeners stop
        following (Karakanta 2021). At 2.0 a translation that takes longer to say than its source
        stays a quarter of a second further behind: the voice is at 1.3 for most of it.
    step: most that the speed changes from one chunk to the next.
    drop_seconds: the oldest unspoken clause is given up where more than this is waiting at the
        highest speed, or it would be heard so much later than the words that it says, and a
        complete sentence is not translated any more: listeners have long stopped following.
    """

    relaxed_seconds: float = 1.0
    gain: float = 0.2
    relaxed_lag: float = 0.5
    lag_gain: float = 0.4
    max_speed: float = 1.3
    hard_cap: float = 1.45
    engine_speed: float = 1.05
    urgent_seconds: float = 3.0
    urgent_lag: float = 1.5
    step: float = 0.1
    drop_seconds: float = 8.0


def speed(
    queue_seconds: float, *, lag_seconds: float, previous: float, options: PacingOptions
) -> float:
    """Speaking rate for the next chunk.

    Args:
        queue_seconds: speech still to be heard.
        lag_seconds: from the end of the words that the chunk translates to when it is heard.
        previous: rate of the chunk before it.
    """
    by_queue = options.gain * (queue_seconds - options.relaxed_seconds)
    by_lag = options.lag_gain * (lag_seconds - options.relaxed_lag)
    wanted = 1.0 + max(by_queue, by_lag, 0.0)
    urgent = queue_seconds > options.urgent_seconds or lag_seconds > options.urgent_lag
    wanted = min(wanted, options.hard_cap if urgent else options.max_speed, options.hard_cap)
    # Two steps when urgent: a listener minds 0.2 less than a lag that keeps growing.
    step = options.step * (2 if urgent else 1)
    return min(max(wanted, previous - step), previous + step)


def engine_rate(wanted: float, *, synthesis_share: float, options: PacingOptions) -> float:
    """Rate to ask the engine for where a chunk is to be heard at ``wanted``.

    The slower it speaks the more audio it has to make: where that would not be ready in time, the
    engine takes over more of the speed, since a voice that stops is worse than one that slurs.

    Args:
        synthesis_share: seconds that a second of its audio takes.
    """
    in_time = wanted * synthesis_share * _RESERVE
    return min(wanted, max(options.engine_speed, in_time))


def catch_up(wanted: float, *, synthesised: float) -> float:
    """Tempo for audio that was synthesised more slowly than it is now ``wanted``.

    Args:
        wanted: rate at which it should be heard, see :func:`speed`.
        synthesised: rate that the engine gave it.

    Returns:
        1.0 where the difference is not worth a filter.
    """
    ratio = wanted / synthesised
    return ratio if ratio >= _WORTH_FILTERING else 1.0


def must_drop(
    audio_seconds: float,
    text_seconds: float,
    *,
    synthesis_share: float,
    lag_seconds: float,
    options: PacingOptions,
) -> bool:
    """Whether so much is waiting, or the voice so late, that the oldest unspoken clause has to go.

    Args:
        audio_seconds: speech in hand.
        text_seconds: what is not synthesised yet would take so long at natural speed; it is
            spoken at the highest, where its synthesis is fast enough.
        synthesis_share: seconds that a second of its audio takes.
        lag_seconds: from the end of the words that the clause says to when it would be heard.
    """
    waiting = audio_seconds + max(synthesis_share, 1.0) * text_seconds / options.hard_cap
    return max(waiting, lag_seconds) > options.drop_seconds
