"""The model file as it speaks at the right speed and as this processor computes it fastest.

Made once, kept beside the original.
"""

import hashlib
from pathlib import Path

import onnx

from .convolutions import signed_products_are_exact, use_signed_products
from .durations import use_exact_durations
from .log import logger
from .normalisation import use_fewer_passes
from .silence import use_less_silence
from .spectrum import use_convolved_spectrum

# Goes up with every change of what is made, so that older files are not used.
_VERSION = 4


def prepared(model: Path) -> Path | bytes:
    """What was made of ``model``; bytes where its folder cannot be written; ``model`` itself where
    nothing is to be made.

    Takes some seconds the first time.

    Raises:
        OSError: it cannot be read.
        google.protobuf.message.DecodeError: it is no ONNX file.
    """
    signed = signed_products_are_exact()
    made = _place(model, "signed" if signed else "exact")
    if made.is_file():
        return made
    logger.info("preparing %s for this processor, once", model.name)
    graph = onnx.load(model)
    rewritings = [
        use_less_silence,
        use_exact_durations,
        use_fewer_passes,
        use_convolved_spectrum,
        *([use_signed_products] if signed else []),
    ]
    changed = sum(rewrite(graph) for rewrite in rewritings)
    return _kept(graph.SerializeToString(), made) if changed else model


def _place(model: Path, form: str) -> Path:
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return model.with_name(f"{model.name}.{digest[:12]}.{form}{_VERSION}")


def _kept(contents: bytes, path: Path) -> Path | bytes:
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(contents)
        partial.replace(path)
        _remove_older(path)
    except OSError as error:
        logger.info("%s cannot be kept (%s): it is made anew at every start", path, error)
        return contents
    return path


def _remove_older(made: Path) -> None:
    """Forms that earlier versions made of the same file; each is as large as the model."""
    stem = made.name.rstrip("0123456789")
    for version in range(1, _VERSION):
        made.with_name(f"{stem}{version}").unlink(missing_ok=True)
