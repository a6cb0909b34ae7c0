"""The model file as this processor computes it fastest; made once, kept beside the original."""

import hashlib
from pathlib import Path

import onnx

from .convolutions import signed_products_are_exact, use_signed_products
from .log import logger

# Goes up with every change of what is made, so that older files are not used.
_VERSION = 1


def prepared(model: Path) -> Path | bytes:
    """``model`` itself, or what was made of it; bytes where its folder cannot be written.

    Takes some seconds the first time.

    Raises:
        OSError: it cannot be read.
        google.protobuf.message.DecodeError: it is no ONNX file.
    """
    if not signed_products_are_exact():
        return model
    made = _place(model)
    if made.is_file():
        return made
    logger.info("preparing %s for this processor, once", model.name)
    graph = onnx.load(model)
    if not use_signed_products(graph):
        return model
    return _kept(graph.SerializeToString(), made)


def _place(model: Path) -> Path:
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return model.with_name(f"{model.name}.{digest[:12]}.signed{_VERSION}")


def _kept(contents: bytes, path: Path) -> Path | bytes:
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(contents)
        partial.replace(path)
    except OSError as error:
        logger.info("%s cannot be kept (%s): it is made anew at every start", path, error)
        return contents
    return path
