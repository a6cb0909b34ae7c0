import json
import math
from pathlib import Path

import pytest

from agent.evaluation.alignment import carried_words
from agent.evaluation.emissions import parse_log, read_log
from agent.evaluation.latency import (
    average_token_delay,
    normalized_erasure,
    output_gaps,
    score_latency,
)
from agent.evaluation.routes import Route, SpokenChunk, recognised_of, routes_of, source_clock

pytestmark = pytest.mark.unit


@pytest.fixture
def route(run_dir: Path) -> Route:
    (route,) = routes_of(read_log(run_dir))
    return route


def test_offsets(route: Route) -> None:
    scores = score_latency(route)
    assert scores.start_offset == pytest.approx(4.0)
    assert scores.first_audio == pytest.approx(3.5)
    # From the end of the last word: the recording has a second of silence after it.
    assert scores.end_offset == pytest.approx(8.0 - 4.0)


def test_a_word_is_heard_where_its_share_of_the_chunk_plays(route: Route) -> None:
    first, second = carried_words(route.segments[0])
    # "AAAA BBBB" plays 4.0-6.0; "bbbb" starts half way through the source.
    assert first.span == pytest.approx(4.0 - 1.0)
    assert second.start == pytest.approx(5.0)
    assert second.span == pytest.approx(5.0 - 2.0)
    assert score_latency(route).ear_voice_span.count == 3


def test_lags_add_up_stage_by_stage(route: Route) -> None:
    lag = score_latency(route).lag
    assert lag.recognised.max == pytest.approx(0.7)
    assert lag.translated.median == pytest.approx(1.0)
    assert lag.spoken.max == pytest.approx(3.0)


def test_gap_queue_speed_and_cost(route: Route) -> None:
    scores = score_latency(route)
    assert output_gaps(route.chunks) == [pytest.approx(1.0)]
    assert scores.queue.max == 1.5
    assert scores.speed.max == 1.1
    assert scores.chunk_words.avg == pytest.approx(1.5)
    assert scores.translation.rtf == pytest.approx(0.2 / 5.0)
    assert scores.synthesis.rtf == pytest.approx(0.5 / 5.0)


def test_two_characters_of_chinese_are_a_word(run_dir: Path) -> None:
    lines = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    for line in lines:
        line["language"] = "zh" if line.get("language") == "es" else line.get("language")
        if line["kind"] == "played":
            line["data"]["text"] = "我们今天"
    (route,) = routes_of(parse_log(map(json.dumps, lines), run_dir))
    assert score_latency(route).chunk_words.avg == 2.0


@pytest.mark.parametrize(("speed", "stall"), [(1.0, 2.0), (2.0, 2.5)])
def test_a_voice_that_stalls_inside_a_chunk_leaves_a_gap(
    run_dir: Path, speed: float, stall: float
) -> None:
    """One second of audio at its own speed takes three to hear."""
    lines = [json.loads(line) for line in (run_dir / "events.jsonl").read_text().splitlines()]
    made, chunk, *_ = (line["data"] for line in lines if line["kind"] in ("synthesis", "played"))
    made["audio_seconds"] = 1.0
    chunk["wall_end"] = chunk["wall_start"] + 3.0
    chunk["speed"] = speed
    (route,) = routes_of(parse_log(map(json.dumps, lines), run_dir))
    assert output_gaps(route.chunks) == [pytest.approx(stall)]


def test_append_only_commits_erase_nothing(route: Route) -> None:
    assert normalized_erasure(route) == 0.0


def test_erasure_counts_what_was_taken_back(run_dir: Path) -> None:
    text = (run_dir / "events.jsonl").read_text().replace('"total": "AAAA BBBB"', '"total": "AAxx"')
    (route,) = routes_of(parse_log(text.splitlines(), run_dir))
    assert normalized_erasure(route) == pytest.approx(2 / 8)


def test_words_of_a_dropped_clause_have_no_span(run_dir: Path) -> None:
    lines = (run_dir / "events.jsonl").read_text().splitlines()
    kept = [line.replace('"text": "AAAA BBBB", "wall', '"text": "BBBB", "wall') for line in lines]
    (route,) = routes_of(parse_log(kept, run_dir))
    assert [c.word.text for c in carried_words(route.segments[0])] == ["bbbb"]


def test_translations_that_a_guard_cut_are_counted(run_dir: Path) -> None:
    lines = (run_dir / "events.jsonl").read_text().splitlines()
    final = next(line for line in lines if '"segment_final"' in line)
    told = final.replace('"segment_final"', '"guarded"').replace('"source"', '"text"')
    for log, count in ((lines, 0), ([*lines, told], 1)):
        (route,) = routes_of(parse_log(log, run_dir))
        assert score_latency(route).guarded == count


def test_a_direct_route_goes_by_the_words_of_its_own_recogniser(run_dir: Path) -> None:
    lines = (run_dir / "events.jsonl").read_text().splitlines()
    # The same speaker's original, in which the sentences are others.
    original = [
        line.replace('"en"', '"ja"').replace('"S', '"J')
        for line in lines
        if '"kind": "source"' in line
    ]
    direct = [line.replace('"es"', '"en"') for line in lines if '"header"' not in line]
    log = parse_log([lines[0], *original, *direct], run_dir)
    (route,) = routes_of(log)
    assert (route.language, route.source_language, route.spoken_language) == ("en", "en", "ja")
    assert route.direct
    assert [segment.segment_id for segment in route.segments] == ["S1", "S2"]
    (recognised,) = recognised_of(log)
    assert recognised.source_language == "ja"
    assert [segment.segment_id for segment in recognised.segments] == ["J1", "J2"]


def test_clock_without_a_speaker_line_is_the_earliest_event(run_dir: Path) -> None:
    lines = (run_dir / "events.jsonl").read_text().splitlines()
    log = parse_log([line for line in lines if '"speaker"' not in line], run_dir)
    clock = source_clock(log, "ana")
    assert not clock.sent
    assert clock.origin == pytest.approx(1000.1)


def test_a_recogniser_that_started_late_is_read_by_its_own_clock(run_dir: Path) -> None:
    text = (run_dir / "events.jsonl").read_text().replace('"wall_time": 1000.0', '"wall_time": 990')
    assert source_clock(parse_log(text.splitlines(), run_dir), "ana").origin == pytest.approx(
        1000.1
    )


def test_a_run_that_said_nothing_scores_nan_and_not_zero(run_dir: Path) -> None:
    lines = (run_dir / "events.jsonl").read_text().splitlines()
    (route,) = routes_of(parse_log([x for x in lines if '"played"' not in x], run_dir))
    scores = score_latency(route)
    assert math.isnan(scores.ear_voice_span.median)
    assert math.isnan(scores.start_offset)


def chunk(start: float, end: float, source_end: float) -> SpokenChunk:
    return SpokenChunk("x", start, end, source_end, 0.0, 1.0)


def test_token_delay_of_speech_in_step_is_its_lag() -> None:
    chunks = [chunk(0.6, 0.9, 0.3), chunk(0.9, 1.2, 0.6), chunk(1.2, 1.5, 0.9)]
    assert average_token_delay(chunks) == pytest.approx(0.6)


def test_token_delay_counts_the_duration_of_output() -> None:
    # Read 0.3 s, then speak four tokens: all correspond to the one token read.
    assert average_token_delay([chunk(0.3, 1.5, 0.3)]) == pytest.approx((0.3 + 0.6 + 0.9 + 1.2) / 4)


def test_token_delay_does_not_charge_surplus_output_to_later_chunks() -> None:
    # The first chunk produced three tokens for one read; the next token still pairs with token 2.
    chunks = [chunk(0.3, 1.2, 0.3), chunk(1.2, 1.5, 0.6)]
    first = [0.3, 0.6, 0.9]
    assert average_token_delay(chunks) == pytest.approx((sum(first) + 1.5 - 0.6) / 4)
