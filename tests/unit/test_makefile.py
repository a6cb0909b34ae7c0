"""What is given to `make` arrives as it is."""

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ["Bob's talk.wav", 'a "b".wav', "`c` ; d", "$100 $(e) $$f"])
@pytest.mark.parametrize(
    ("target", "variable", "option"),
    [
        ("demo", "AUDIO", "--audio"),
        ("demo", "OUTPUT", "--output"),
        ("demo", "SOURCE", "--source"),
        ("demo", "TARGETS", "--targets"),
        ("web", "LANGUAGES", "--languages"),
        ("web", "PORT", "--port"),
    ],
)
def test_a_variable_may_hold_any_text(
    tmp_path: Path, target: str, variable: str, option: str, text: str
) -> None:
    shows, synced = tmp_path / "python", tmp_path / "synced"
    shows.write_text('#!/bin/sh\nprintf "<%s>\\n" "$@"\n')
    shows.chmod(0o755)
    synced.touch()
    done = subprocess.run(
        ["make", target, f"PYTHON={shows}", f"SYNCED={synced}", "MANIFESTS=", "UV=true"]
        + [f"{variable}={text}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"<{option}>\n<{text}>\n" in done.stdout
