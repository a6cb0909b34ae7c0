"""Marks that the decoder nearly wrote: how many of those set are the transcript's, how many not.

Run with ``-m benchmark -s``; several minutes.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jiwer
import pytest
from stt_simulation import simulate

from livekit.plugins.faster_whisper import AlignedHoldBack, Recognizer, StreamOptions
from livekit.plugins.faster_whisper.agreement import bare
from livekit.plugins.faster_whisper.decoding import UNSPACED_LANGUAGES
from livekit.plugins.faster_whisper.marks import MarkRestorer

pytestmark = pytest.mark.benchmark

DATA = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "speech"


@pytest.mark.parametrize("folder", ["parallel", "human/prompts"])
async def test_more_marks_are_right_than_without(recognizer: Recognizer, folder: str) -> None:
    manifest = DATA / folder / "manifest.json"
    if not manifest.is_file():
        pytest.skip(f"no recordings in {DATA}; set INTERPRETER_DATA")
    counts = {"with": Counter[str](), "without": Counter[str]()}
    for entry in json.loads(manifest.read_text()):
        if entry["language"][:2] in UNSPACED_LANGUAGES:
            continue
        for name, count in counts.items():
            count += await _counted(recognizer, manifest.parent / entry["file"], entry, name)
    for name, count in counts.items():
        sys.stdout.write(f"\n{folder} {name:8s} {dict(sorted(count.items()))}")
    assert _f1(counts["with"], "end") >= _f1(counts["without"], "end")


async def _counted(
    recognizer: Recognizer, recording: Path, entry: dict[str, str], name: str
) -> Counter[str]:
    with pytest.MonkeyPatch.context() as patch:
        if name == "without":
            patch.setattr(MarkRestorer, "restore", lambda self, words, *rest: words)
        score = await simulate(
            recording,
            entry["text"],
            recognizer=recognizer,
            policy=AlignedHoldBack(),
            language=entry["language"][:2],
            options=StreamOptions(),
        )
    return compared(entry["text"], score.text)


def compared(reference: str, text: str) -> Counter[str]:
    """Right, wrong and missed marks between words that both texts have side by side."""
    said, heard = _marked_words(reference), _marked_words(text)
    counts: Counter[str] = Counter()
    for (i, j), following in _pairs(said, heard):
        if following != (i + 1, j + 1):
            continue
        for kind, marks in (("end", ".?!:;"), ("any", ".?!:;,")):
            wanted, found = said[i][1] in marks, heard[j][1] in marks
            if wanted or found:
                counts[
                    f"{kind} {'right' if wanted and found else 'wrong' if found else 'missed'}"
                ] += 1
    return counts


def _pairs(
    said: list[tuple[str, str]], heard: list[tuple[str, str]]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    reference, text = (" ".join(word for word, _ in words) or "-" for words in (said, heard))
    same = [
        (chunk.ref_start_idx + n, chunk.hyp_start_idx + n)
        for chunk in jiwer.process_words(reference, text).alignments[0]
        if chunk.type in ("equal", "substitute")
        for n in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]
    return zip(same, same[1:], strict=False)


def _marked_words(text: str) -> list[tuple[str, str]]:
    """Words and the mark after each, a space for none; a mark may come late (". Ask")."""
    text = re.sub(r"([.?!,:;])\s*[.?!,:;]+", r"\1", text)
    found = re.findall(r"([^\s.?!,:;]+)\s*([.?!,:;]?)", text)
    return [(bare(word), mark or " ") for word, mark in found if bare(word)]


def _f1(counts: Counter[str], kind: str) -> float:
    right = 2 * counts[f"{kind} right"]
    return right / max(right + counts[f"{kind} wrong"] + counts[f"{kind} missed"], 1)
