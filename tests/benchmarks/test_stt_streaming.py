"""Recognition policies compared: WER, commit delay and compute. Run with ``-m benchmark -s``."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stt_simulation import simulate

from livekit.plugins.faster_whisper import (
    AlignedHoldBack,
    AudioContext,
    LocalAgreement,
    Policy,
    Recognizer,
    StreamOptions,
)
from tests.whisper_base import whisper_base

pytestmark = pytest.mark.benchmark

DATA = Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "speech" / "parallel"
CLIPS = ["en-US_p1", "en-US_p2", "es-ES_p2", "fr-FR_p2"]


@pytest.fixture(scope="module", params=["adaptive context", "30 s context"])
def recognizer(request: pytest.FixtureRequest) -> Iterator[Recognizer]:
    context = AudioContext(adaptive=request.param == "adaptive context")
    loaded = Recognizer.load(whisper_base(), context=context, tune_allocator=True)
    yield loaded
    loaded.close()


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("policy", [AlignedHoldBack(), LocalAgreement(2)], ids=["hold_back", "la2"])
async def test_policy(
    recognizer: Recognizer, policy: Policy, clip: str, request: pytest.FixtureRequest
) -> None:
    manifest = DATA / "manifest.json"
    if not manifest.is_file():
        pytest.skip(f"no recordings in {DATA}; set INTERPRETER_DATA")
    references = {entry["file"]: entry["text"] for entry in json.loads(manifest.read_text())}
    score = await simulate(
        DATA / f"{clip}.flac",
        references[f"{clip}.flac"],
        recognizer=recognizer,
        policy=policy,
        language=clip[:2],
        options=StreamOptions(),
    )
    sys.stdout.write(f"\n{request.node.name:45s} {score}\n")
    assert score.wer < 25.0
    assert max(score.delays) < 5.0
