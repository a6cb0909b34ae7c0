"""Each plugin's wheel installs alone in an empty environment and works in a plain session."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from agent.models import default_root

pytestmark = pytest.mark.models

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).with_name("alone")
UV = shutil.which("uv") or str(ROOT / ".cache/uv-venv/bin/uv")


def run(*command: str | Path, **environment: str) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(UV).is_file():
        pytest.skip("needs uv, which `make test` brings")
    folder = tmp_path_factory.mktemp("wheels")
    run(UV, "build", "--quiet", "--all-packages", "--wheel", "--out-dir", folder, ROOT)
    return folder


@pytest.mark.parametrize("name", ["faster_whisper", "llama_cpp", "kokoro", "edge_tts", "cascade"])
def test_a_plugin_alone_works_in_a_plain_session(name: str, wheels: Path, tmp_path: Path) -> None:
    wheel = next(wheels.glob(f"livekit_plugins_{name}-*.whl"))
    environment = tmp_path / "env"
    run(UV, "venv", "--quiet", "--python", sys.executable, environment)
    install(wheel, environment, compiled=name == "llama_cpp")
    packages = next(environment.glob("lib/python*/site-packages"))
    ours = {path.name for path in (packages / "livekit" / "plugins").iterdir()}
    assert name in ours and ours <= {name, "silero"}
    run(
        environment / "bin" / "python",
        SCRIPTS / f"{name}_session.py",
        MODELS=str(default_root()),
        REPOSITORY=str(ROOT),
    )


def install(wheel: Path, environment: Path, *, compiled: bool) -> None:
    """Install a wheel; what takes minutes to compile is lent by the environment of the tests.

    Only its libraries are lent: plugins are installed there in editable form, which Python does
    not follow from another environment.
    """
    python = environment / "bin" / "python"
    if not compiled:
        run(UV, "pip", "install", "--quiet", "--python", python, wheel)
        return
    run(UV, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel)
    packages = next(environment.glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
