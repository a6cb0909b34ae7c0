from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.evaluation.command import main
from agent.evaluation.material import decode, load_clips
from agent.evaluation.recording import write_wav
from agent.evaluation.scores import score_run

pytestmark = pytest.mark.unit


def test_a_long_recording_is_known_as_well_as_its_parts(tmp_path: Path) -> None:
    for name in ("en_a.wav", "en_b.wav"):
        write_wav(tmp_path / name, np.full(32_000, 5000, dtype=np.int16), 16_000)
    (tmp_path / "manifest.json").write_text(
        '[{"file": "en_a.wav", "language": "en", "passage": "a", "text": "One."},'
        '{"file": "es_a.wav", "language": "es", "passage": "a", "text": "Uno."},'
        '{"file": "en_b.wav", "language": "en", "passage": "b", "text": "Two."},'
        '{"file": "es_b.wav", "language": "es", "passage": "b", "text": "Dos."}]'
    )
    out = tmp_path / "long"
    arguments = ["--source", "en", "--seconds", "60", "--out", str(out)]
    assert main(["chain", str(tmp_path), *arguments]) == 0
    (clip,) = load_clips([out], language="en")
    samples = decode(clip.path)
    assert len(samples) >= 60 * 16_000
    assert clip.text.startswith("One. Two. One.")
    assert clip.references["es"].startswith("Uno. Dos. Uno.")
    silence, noise = (samples[int(a * 16_000) : int(b * 16_000)] for a, b in clip.quiet)
    assert len(silence) == 30 * 16_000 and not silence.any()
    assert len(noise) == 10 * 16_000 and 400 < noise.std() < 800


def test_a_part_without_a_transcript_leaves_the_text_out_and_the_recording_in(
    tmp_path: Path,
) -> None:
    for name in ("known", "unknown"):
        write_wav(tmp_path / f"{name}.wav", np.full(32_000, 5000, dtype=np.int16), 16_000)
    (tmp_path / "manifest.json").write_text(
        '[{"file": "known.wav", "language": "en", "text": "One."}]'
    )
    out = tmp_path / "long"
    material = [str(tmp_path), str(tmp_path / "unknown.wav")]
    assert main(["chain", *material, "--source", "en", "--seconds", "9", "--out", str(out)]) == 0
    (clip,) = load_clips([out], language="en")
    assert not clip.text and len(clip.quiet) == 2


def test_words_where_nobody_speaks_are_counted(write_run: Callable[..., Path]) -> None:
    def hush(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines[0]["material"]["quiet"] = [[2.2, 5.0]]
        return lines

    (speaker,) = score_run(write_run("hushed", hush)).recognition
    assert speaker.invented == ("cccc",)


def test_memory_that_grows_is_seen(write_run: Callable[..., Path]) -> None:
    def leak(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        sizes = [100, 100, 150, 150, 150, 150, 200, 200]
        return lines + [
            {"kind": "memory", "media_time": 5.0 * i, "rss_bytes": size}
            for i, size in enumerate(sizes)
        ]

    assert score_run(write_run("leaky", leak)).memory_growth_bytes == 100
    assert score_run(write_run("unmeasured")).memory_growth_bytes is None
