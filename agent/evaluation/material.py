"""Recordings to replay, with what is known about them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from pydantic import BaseModel, TypeAdapter, ValidationError

from livekit.plugins.cascade.text import base_language

from .emissions import Material
from .recording import Samples

SAMPLE_RATE = 16_000


class MaterialError(ValueError):
    """A recording or manifest that cannot be used: which, and why."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording, its language, and its transcript and translations where they are known.

    ``quiet``: stretches in seconds, from and to, in which nobody speaks.
    """

    name: str
    path: Path
    language: str
    text: str = ""
    references: dict[str, str] = field(default_factory=dict)
    quiet: tuple[tuple[float, float], ...] = ()

    @property
    def material(self) -> Material:
        """For a log's header."""
        return Material(
            name=self.name,
            source_text=self.text,
            references=self.references,
            quiet=self.quiet,
        )


class _Entry(BaseModel):
    """One recording of a manifest; ``passage`` or ``key`` ties translations together."""

    file: str
    language: str
    text: str = ""
    passage: str = ""
    key: str = ""
    quiet: tuple[tuple[float, float], ...] = ()

    @property
    def group(self) -> str:
        return self.passage or self.key


_MANIFEST = TypeAdapter(list[_Entry])


def load_clips(paths: Sequence[Path], *, language: str, only: str = "") -> list[Clip]:
    """Clips from audio files and from manifests (``manifest.json``, or a folder with one).

    Args:
        language: spoken in the files; of a manifest, only entries in it are taken.
        only: of a manifest, only file names that contain this.

    Returns:
        Clips whose names are :func:`distinct`.

    Raises:
        MaterialError: nothing usable in one of ``paths``, or a recording twice.
    """
    clips: list[Clip] = []
    for path in paths:
        manifest = path / "manifest.json" if path.is_dir() else path
        if manifest.suffix == ".json":
            found = [c for c in _from_manifest(manifest, language) if only in c.path.name]
            if not found:
                raise MaterialError(f"{manifest} has no recording in {language!r} {only!r}")
            clips += found
        elif not path.is_file():
            raise MaterialError(f"there is no recording {path}")
        else:
            clips.append(Clip(path.stem, path, language))
    return distinct(clips)


def distinct(clips: Sequence[Clip]) -> list[Clip]:
    """Clips of which no two have the same name, since runs are told apart by it.

    Those that share one are named after their folders as well.

    Raises:
        MaterialError: two cannot be told apart by that.
    """
    count = Counter(clip.name for clip in clips)
    named: dict[str, Clip] = {}
    for clip in clips:
        folder = clip.path.resolve().parent.name
        name = clip.name if count[clip.name] == 1 else f"{folder}-{clip.name}"
        if name in named:
            raise MaterialError(
                f"{named[name].path} and {clip.path} would both be called {name!r}; "
                "give one of them another name"
            )
        named[name] = replace(clip, name=name)
    return list(named.values())


def _from_manifest(path: Path, language: str) -> list[Clip]:
    try:
        entries = _MANIFEST.validate_json(path.read_bytes())
    except (OSError, ValidationError, json.JSONDecodeError) as error:
        raise MaterialError(f"{path} is not a manifest: {error}") from error
    return [
        Clip(
            name=Path(entry.file).stem,
            path=path.parent / entry.file,
            language=base_language(entry.language),
            text=entry.text,
            references=_references(entry, entries),
            quiet=entry.quiet,
        )
        for entry in entries
        if base_language(entry.language) == base_language(language)
    ]


def _references(entry: _Entry, entries: Sequence[_Entry]) -> dict[str, str]:
    others = (e for e in entries if entry.group and e.group == entry.group)
    texts = {base_language(other.language): other.text for other in others}
    return {code: text for code, text in texts.items() if code != base_language(entry.language)}


def decode(path: Path, sample_rate: int = SAMPLE_RATE) -> Samples:
    """Any audio file that FFmpeg reads, as mono 16 bit.

    Raises:
        MaterialError: not audio, or none in it.
    """
    resampler = AudioResampler(format="s16", layout="mono", rate=sample_rate)
    parts: list[Samples] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                parts += [f.to_ndarray()[0] for f in resampler.resample(frame)]
            parts += [f.to_ndarray()[0] for f in resampler.resample(None)]
    except (av.FFmpegError, IndexError, OSError) as error:
        raise MaterialError(f"{path} has no audio that can be read: {error}") from error
    samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)
    if not len(samples):
        raise MaterialError(f"{path} has no audio in it")
    return samples


def decoded_seconds(path: Path) -> float:
    """Length of an audio file. Raises MaterialError as :func:`decode` does."""
    return len(decode(path)) / SAMPLE_RATE
