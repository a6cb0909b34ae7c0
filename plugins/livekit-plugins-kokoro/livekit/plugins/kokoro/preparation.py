"""The model file as it speaks at the right speed, as this processor computes it fastest, and in
parts whose first audio comes early.

Made once, kept beside the original.
"""

import re
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from .convolutions import signed_products_are_exact, use_signed_products
from .durations import use_exact_durations
from .generator import in_two_parts
from .log import logger
from .models import sha256_of
from .normalisation import use_fewer_passes
from .silence import use_less_silence
from .spectrum import use_convolved_spectrum

# Goes up with every change of what is made, so that older files are not used.
_VERSION = 6


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made of a model.

    Attributes:
        parts: one or two models, see :mod:`.generator`; bytes where their folder cannot be written.
        digest: sha256 of the model.
    """

    parts: Sequence[Path | bytes]
    digest: str


def prepared(model: Path) -> Prepared:
    """What was made of ``model``, or that itself where nothing is to be made.

    Takes some seconds the first time.

    Raises:
        OSError: it cannot be read.
        google.protobuf.message.DecodeError: it is no ONNX file.
    """
    signed = signed_products_are_exact()
    digest = sha256_of(model)
    form = "signed" if signed else "exact"
    made = model.with_name(f"{model.name}.{digest[:12]}.{form}{_VERSION}")
    places = [made.with_name(f"{made.name}-{number}") for number in (1, 2)]
    for parts in (places, [made]):
        if all(part.is_file() for part in parts):
            return Prepared(parts, digest)
    logger.info("preparing %s for this processor, once", model.name)
    graph = onnx.load(model)
    changed = _rewritten(graph, signed=signed)
    halves = in_two_parts(graph)
    if not changed and not halves:
        return Prepared([model], digest)
    pairs = zip(halves, places, strict=True) if halves else [(graph, made)]
    return Prepared([_kept(part.SerializeToString(), place) for part, place in pairs], digest)


def _rewritten(graph: onnx.ModelProto, *, signed: bool) -> int:
    rewritings = [
        use_less_silence,
        use_exact_durations,
        use_fewer_passes,
        use_convolved_spectrum,
        *([use_signed_products] if signed else []),
    ]
    return sum(rewrite(graph) for rewrite in rewritings)


def _kept(contents: bytes, path: Path) -> Path | bytes:
    # Other processes may make the same at once.
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        partial.write_bytes(contents)
        partial.replace(path)
        _remove_older(path)
    except OSError as error:
        logger.info("%s cannot be kept (%s): it is made anew at every start", path, error)
        partial.unlink(missing_ok=True)
        return contents
    return path


def _remove_older(made: Path) -> None:
    """What earlier versions made of the same file; it is as large as the model."""
    form = re.compile(re.escape(made.stem) + r"\.(signed|exact)(\d+)(-\w+)?")
    for path in made.parent.iterdir():
        match = form.fullmatch(path.name)
        if not match or int(match[2]) >= _VERSION:
            continue
        if path.is_dir():
            # What was learned of voices from what they said.
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
