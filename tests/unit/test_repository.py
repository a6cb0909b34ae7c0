"""Rules that the repository keeps: small functions, no registry or machine named, files in step."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.models.catalogue import MODELS, PROFILES

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/models.md", "docs/operations.md")
MAX_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10
MAX_MODULE_LINES = 400
# Split so that this file does not break the rule that it checks.
REGISTRIES = (
    "pypi" + ".org",
    "files.python" + "hosted",
    "registry.npm" + "js",
    "proxy.gol" + "ang",
)
MACHINE_PATHS = ("/work" + "/", "/root" + "/", "/home" + "/")
# uv writes addresses into its lock, and a container has a home of its own.
MAY_NAME_REGISTRIES = {"uv.lock"}
MAY_NAME_PATHS = {"docker/agent.Dockerfile"}


def tracked() -> list[Path]:
    """Files of the repository as git knows them."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def product() -> list[Path]:
    return [path for path in modules() if "tests" not in path.relative_to(ROOT).parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function, decorators left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_function_is_long() -> None:
    long = [
        f"{name_of(path)}: {name} has {lines} lines"
        for path in modules()
        for name, lines in functions(path)
        if lines > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_functions_are_short_as_a_rule() -> None:
    lengths = [lines for path in product() for _, lines in functions(path)]
    assert statistics.median(lengths) < MEDIAN_FUNCTION_LINES


def test_no_module_is_long() -> None:
    lines = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    assert {name: count for name, count in lines.items() if count >= MAX_MODULE_LINES} == {}


@pytest.mark.parametrize(
    ("forbidden", "exempt"),
    [(REGISTRIES, MAY_NAME_REGISTRIES), (MACHINE_PATHS, MAY_NAME_PATHS)],
)
def test_no_registry_and_no_path_of_a_machine_is_named(
    forbidden: tuple[str, ...], exempt: set[str]
) -> None:
    pattern = re.compile("|".join(rf"(?<![\w.~]){re.escape(text)}" for text in forbidden))
    found = {
        f"{name_of(path)}: {match.group()}"
        for path in tracked()
        if name_of(path) not in exempt
        for match in pattern.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    }
    assert found == set()


def test_only_the_settings_read_the_environment() -> None:
    """`os.environ` elsewhere goes on whole to a child process, or tells a library something."""
    pattern = re.compile(r"os\.(getenv|environ(?!,|\.setdefault\())")
    found = [
        name_of(path)
        for path in product()
        if pattern.search(path.read_text(encoding="utf-8")) and path.name != "environment.py"
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_documentation_names_commands_that_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / page).read_text(encoding="utf-8")))
    assert named <= targets
    if page == "README.md":
        assert {"demo", "test"} <= named


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_of_the_documentation_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_make_test_fetches_every_model_that_the_tests_load() -> None:
    scripts = [path for path in modules() if path.is_relative_to(ROOT / "tests" / "models")]
    text = "".join(path.read_text(encoding="utf-8") for path in scripts)
    named = {name for name in MODELS if f'"{name}"' in text}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    extra = re.search(r"^TEST_MODELS := (.*)$", makefile, re.MULTILINE)
    assert named and extra
    assert named <= {*PROFILES["small"], "demo-audio", *extra[1].split()}
