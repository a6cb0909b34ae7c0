"""What each distribution has to bring along."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
# What is part of another's interface: pydantic's, aiohttp's.
BROUGHT = {"pydantic-core", "yarl"}
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda folder: folder.name)
def test_the_licence_goes_with_it(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license-files"] == ["LICENSE"]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda folder: folder.name)
def test_what_it_imports_is_named(folder: Path) -> None:
    """A package that only comes with another one goes when that one does without it."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    named = {
        re.split(r"[^\w-]", entry)[0].lower()
        for entries in (project["dependencies"], *extras)
        for entry in entries
    }
    assert set(_imported(folder / ("agent" if folder == ROOT else "livekit"))) <= named | BROUGHT


def _imported(folder: Path) -> Iterator[str]:
    """Distributions of what the modules import when they are imported themselves."""
    distributions = packages_distributions()
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for package in _packages(node) - sys.stdlib_module_names - {"agent", "livekit"}:
                name, *_ = distributions[package]
                yield name.lower().replace("_", "-")


def _packages(node: ast.stmt) -> set[str]:
    match node:
        case ast.Import(names):
            return {alias.name.split(".")[0] for alias in names}
        case ast.ImportFrom(module=str(module), level=0):
            return {module.split(".")[0]}
    return set()
