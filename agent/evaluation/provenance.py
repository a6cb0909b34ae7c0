"""What a figure was measured with: package versions, the machine, the models' hashes."""

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .emissions import Header, Material

_PACKAGES = (
    "livekit-interpreter",
    "livekit-agents",
    "livekit",
    "livekit-plugins-cascade",
    "faster-whisper",
    "ctranslate2",
    "llama-cpp-python",
    "kokoro-onnx",
    "onnxruntime",
    "edge-tts",
    "omnisteval",
    "sacrebleu",
    "jiwer",
)


def header(*, settings: Mapping[str, Any], material: Material | None = None) -> Header:
    """The first line of a log, but for the models' hashes (:func:`hashes`)."""
    return Header(
        versions=versions(),
        settings=dict(settings),
        machine=machine(),
        material=material or Material(),
    )


def versions() -> dict[str, str]:
    """Versions of what is installed of the packages that figures depend on, and of Python."""
    return {"python": platform.python_version(), **dict(_installed(_PACKAGES))}


def _installed(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for package in packages:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def machine() -> dict[str, Any]:
    """Processor, cores this process may use, memory, system, and the load before the run."""
    return {
        "processor": _processor(),
        "cores": _cores(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average_1min": round(os.getloadavg()[0], 2),
    }


def _cores() -> int | None:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = info.read_text(encoding="utf-8").splitlines()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def hashes(models: Mapping[str, Path]) -> dict[str, str]:
    """SHA-256 of each model file, seconds for a gigabyte; of a folder, for each file in it."""
    found: dict[str, str] = {}
    for name, path in models.items():
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file())
            found |= {f"{name}/{file.relative_to(path)}": _sha256(file) for file in files}
        else:
            found[name] = _sha256(path)
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
