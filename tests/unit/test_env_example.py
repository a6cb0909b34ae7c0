"""`.env.example` lists every setting with its default, and nothing else."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from agent.config import Settings, variables

pytestmark = pytest.mark.unit

EXAMPLE = Path(__file__).parents[2] / ".env.example"
# No default that would work, so the example gives one or leaves a gap to fill.
_TO_FILL = {"LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"}


def _entries() -> dict[str, str]:
    lines = re.findall(r"^(?:# )?([A-Z][A-Z_0-9]*)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a variable is listed twice"
    return dict(lines)


def test_lists_every_setting_and_nothing_else() -> None:
    assert set(_entries()) == set(variables())


@pytest.mark.parametrize("page", ["README.md", "docs/models.md", "docs/operations.md"])
def test_the_documentation_names_settings_that_exist(page: str) -> None:
    text = (EXAMPLE.parent / page).read_text(encoding="utf-8")
    named = set(re.findall(r"\bINTERPRETER_[A-Z_0-9]+", text))
    assert named and named <= set(variables())


def test_shows_the_defaults(tmp_path: Path, clean_environment: None) -> None:
    lines = [f"{name}={value}" for name, value in _entries().items() if name not in _TO_FILL]
    (tmp_path / "uncommented").write_text("\n".join(lines))
    shown = Settings(_env_file=tmp_path / "uncommented")
    assert shown == Settings(_env_file=None)


def test_works_as_it_is(clean_environment: None) -> None:
    assert set(dotenv_values(EXAMPLE)) == _TO_FILL
    assert Settings(_env_file=EXAMPLE).livekit_url == "ws://127.0.0.1:7880"
