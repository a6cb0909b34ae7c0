"""Writing a GGUF model anew in another quantisation."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import ModelLoadError

_CHILD = Path(__file__).with_name("quantize_child.py")
_POLL_SECONDS = 0.25


def requantize(
    source: Path,
    destination: Path,
    quantization: str = "Q4_0",
    *,
    pure: bool = False,
    on_poll: Callable[[], object] | None = None,
) -> Path:
    """Write ``source`` to ``destination`` in the given quantisation; blocks for some seconds, or
    for minutes (IQ4_NL).

    Q4_0 is what llama.cpp computes fastest: on a processor with AMX a token of a 1.5B model took
    .079 s in Q4_0 and .132 s in Q4_K (medians of 24, alternated, one thread), sixteen rows .21 and
    .32 s. Q4_K_M of a 0.5B model is mostly Q5_0 and Q8_0 inside, for which there are no repacked
    kernels at all. Runs in a process of its own, because llama.cpp ends the process on some errors.

    Args:
        pure: every tensor in this format; Q4_0 else keeps the output's in Q6_K, which is slower.
        on_poll: called several times a second meanwhile; if it raises, the work is given up.

    Raises:
        FileNotFoundError: there is no ``source``.
        ModelLoadError: llama.cpp could not read it or not write it.
        ValueError: llama.cpp knows no such quantisation.
    """
    import llama_cpp

    if not source.is_file():
        raise FileNotFoundError(f"there is no model {source} to requantise")
    if not hasattr(llama_cpp, _constant(quantization)):
        raise ValueError(f"llama.cpp knows no quantisation {quantization!r}; try 'Q4_0' or 'Q8_0'")
    partial = destination.with_name(destination.name + ".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    child = [sys.executable, "-P", str(_CHILD)]
    arguments = [*child, str(source), str(partial), _constant(quantization)]
    if pure:
        arguments.append("pure")
    try:
        status, said = _run(arguments, on_poll or (lambda: None))
        if status != 0:
            raise ModelLoadError(
                f"{source} could not be requantised to {quantization} (is it complete, and is "
                f"there room in {destination.parent}?): {_last_line(said)}"
            )
        return partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)


def _run(command: Sequence[str], on_poll: Callable[[], object]) -> tuple[int, str]:
    """The exit status of a program and what it wrote to its standard error."""
    with (
        _held_open() as held,
        subprocess.Popen(
            command,
            stdin=held,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as child,
    ):
        try:
            while True:
                on_poll()
                try:
                    _, said = child.communicate(timeout=_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
                return child.returncode, said
        except BaseException:  # ^C, or on_poll failed: the child must not outlive its owner
            child.kill()
            raise


@contextmanager
def _held_open() -> Iterator[int]:
    """A standard input that ends with the context, and with this process at the latest."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def _constant(quantization: str) -> str:
    return f"LLAMA_FTYPE_MOSTLY_{quantization}"


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")
