"""A whole replay in virtual time, with engines that know what will be said."""

from itertools import chain as joined
from itertools import repeat
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from livekit.agents import stt, vad

from agent.evaluation.chain import chain
from agent.evaluation.emissions import (
    Header,
    Listener,
    Played,
    Resources,
    Speaker,
    Synthesis,
    read_log,
)
from agent.evaluation.material import Clip, MaterialError, decode, load_clips
from agent.evaluation.recording import read_wav, write_wav
from agent.evaluation.replay import Replay, _maxrss_bytes, replay
from agent.evaluation.scores import RouteScores, score_run
from agent.evaluation.systems import System, SystemName
from agent.evaluation.virtual_time import run
from tests.fakes.utterances import SpanVAD, UtteranceSTT

from .scripted import RECOGNITION_SECONDS, ScriptedEngines

pytestmark = pytest.mark.unit

WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet. Kilo lima.".split()
SCRIPT = [(word, 0.5 + 0.5 * i, 0.9 + 0.5 * i) for i, word in enumerate(WORDS)]
SECONDS = 7.0


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "talk.wav"
    write_wav(path, np.full(int(SECONDS * 16_000), 1000, dtype=np.int16), 16_000)
    text = " ".join(WORDS)
    return Clip("talk", path, "en", text, {"es": text.upper()})


def interpret(clip: Clip, system: SystemName = "cascade") -> RouteScores:
    folder = clip.path.parent / system
    plan = Replay(
        clip=clip,
        targets=["es"],
        system=System(system),
        folder=folder,
        header=Header(settings={"system": system}, material=clip.material),
    )
    run(replay(plan, ScriptedEngines(SCRIPT, heard=clip.text)), virtual=True)
    (route,) = score_run(folder).routes
    return route


def test_everything_that_was_said_is_heard_and_written_down(clip: Clip) -> None:
    route = interpret(clip)
    folder = clip.path.parent / "cascade"
    assert route.text.source == clip.text
    assert route.text.target == clip.references["es"]
    assert route.quality.recognition and route.quality.recognition.percent == 0
    assert route.quality.heard and route.quality.heard.missing == ()
    log = read_log(folder)
    (speaker,), (listener,) = log.of(Speaker), log.of(Listener)
    assert speaker.seconds == SECONDS
    assert log.of(Resources)[0].audio_seconds == SECONDS
    assert log.complete
    heard = read_wav(folder / listener.file, listener.wall_time)
    spoken = 0.3 * len(WORDS)
    played = [line.data for line in log.of(Played)]
    lasted = [data.wall_end - data.wall_start for data in played]
    natural = sum(s * data.speed for s, data in zip(lasted, played, strict=True))
    assert natural == pytest.approx(spoken, abs=0.2)
    sound = np.count_nonzero(heard.samples) / heard.sample_rate
    assert sound == pytest.approx(sum(lasted), abs=0.2)
    names = {path.name for path in folder.iterdir()}
    assert {"es.wav", "es.stereo.wav", "es.vtt", "es.srt", "en.vtt", "en.srt"} <= names


def test_the_cascade_speaks_before_the_sentence_ends_and_sentence_wait_does_not(clip: Clip) -> None:
    ours, waiting = interpret(clip), interpret(clip, "sentence-wait")
    first_word, end_of_sentence = SCRIPT[0][1], SCRIPT[9][2]
    assert ours.latency.first_audio < 3.5
    assert waiting.latency.first_audio > end_of_sentence + RECOGNITION_SECONDS - first_word
    assert waiting.text.target == ours.text.target
    assert ours.latency.ear_voice_span.median < waiting.latency.ear_voice_span.median
    assert ours.latency.normalized_erasure == 0


def test_the_example_s_shape_speaks_whole_sentences_at_one_speed(clip: Clip) -> None:
    route = interpret(clip, "example")
    events = read_log(clip.path.parent / "example").of(Synthesis)
    assert [event.data.text for event in events] == [
        " ".join(WORDS[:10]).upper(),
        " ".join(WORDS[10:]).upper(),
    ]
    assert {event.data.speed for event in events} == {1.0}
    assert route.latency.first_audio > interpret(clip, "sentence-wait").latency.first_audio - 0.1


class UtteranceEngines(ScriptedEngines):
    """A recogniser that is given whole utterances, of which there are two."""

    def stt(self, language: str) -> stt.STT[Any]:
        return UtteranceSTT(timed=True)

    def vad(self) -> vad.VAD:
        return SpanVAD([(0.5, 1.5), (4.0, 5.0)])


def test_utterances_are_heard_at_their_own_times_and_translated_when_they_end(clip: Clip) -> None:
    folder = clip.path.parent / "utterance"
    system = System("utterance")
    plan = Replay(clip, ["es"], system, folder, Header(), recognise=False)
    run(replay(plan, UtteranceEngines(SCRIPT)), virtual=True)
    (route,) = score_run(folder).routes
    said = [(start, end) for start, end, _ in route.source_timeline]
    assert said == [pytest.approx((0.7, 1.1), abs=0.03), pytest.approx((4.2, 4.6), abs=0.03)]
    # The utterance ends 0.4 s after the word, the detector waits 0.5 s, the translator 0.1 s.
    assert route.latency.ear_voice_span.max == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("samples", [[10, 30], [30, 10], [10, 10, 30]])
def test_peak_memory_is_the_run_s_own(clip: Clip, samples: list[int]) -> None:
    def peak_of(resident: list[int]) -> int:
        sizes = joined(resident, repeat(resident[-1]))
        with mock.patch("agent.evaluation.replay._rss_bytes", side_effect=sizes):
            interpret(clip)
        return read_log(clip.path.parent / "cascade").of(Resources)[0].peak_rss_bytes

    assert peak_of(samples) == 30
    assert peak_of([20]) == 20


@pytest.mark.parametrize(("platform", "expected"), [("linux", 2048), ("darwin", 2)])
def test_peak_memory_has_the_unit_of_its_system(platform: str, expected: int) -> None:
    assert _maxrss_bytes(2, platform) == expected


def test_latency_in_virtual_time_is_that_of_the_script(clip: Clip) -> None:
    recognised = interpret(clip).latency.lag.recognised
    assert recognised.median == pytest.approx(RECOGNITION_SECONDS, abs=0.15)


def test_manifest_entries_are_references_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        '[{"file": "en_p1.flac", "language": "en-US", "passage": "p1", "text": "one"},'
        '{"file": "es_p1.flac", "language": "es-ES", "passage": "p1", "text": "uno"},'
        '{"file": "en_p2.flac", "language": "en-US", "passage": "p2", "text": "two"}]'
    )
    first, second = load_clips([tmp_path], language="en")
    assert first.references == {"es": "uno"} and second.references == {}
    assert load_clips([tmp_path], language="en", only="p2") == [second]


def test_recordings_of_the_same_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("mon/talk.wav", "tue/talk.wav", "tue/other.wav")]
    for number, path in enumerate(paths, start=1):
        write_wav(path, np.full(8000, 10_000 * number, dtype=np.int16), 16_000)
    clips = load_clips(paths, language="en")
    assert [clip.name for clip in clips] == ["mon-talk", "tue-talk", "other"]
    assert {10_000, 20_000, 30_000} <= set(chain(clips, seconds=60.0).samples.tolist())
    write_wav(tmp_path / "more/mon/talk.wav", np.ones(8000, dtype=np.int16), 16_000)
    with pytest.raises(MaterialError, match=r"/mon/talk\.wav and .*/more/mon/talk\.wav"):
        load_clips([*paths, tmp_path / "more/mon/talk.wav"], language="en")


def test_unusable_material_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "talk.mp3"
    broken.write_bytes(b"not audio at all")
    with pytest.raises(MaterialError, match="talk.mp3 has no audio"):
        decode(broken)
    with pytest.raises(MaterialError, match="no recording"):
        load_clips([tmp_path / "nowhere.wav"], language="en")
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(MaterialError, match="no recording in 'en'"):
        load_clips([tmp_path], language="en")
