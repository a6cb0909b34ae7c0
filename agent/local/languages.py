"""Languages that a command line names. Pure."""

from __future__ import annotations

from agent.config import language_code

from .errors import LocalRunError

_EXAMPLES = {"SOURCE": "SOURCE=en", "TARGETS": "TARGETS=es,fr", "LANGUAGES": "LANGUAGES=en,es"}


def parse_languages(text: str, name: str) -> tuple[str, ...]:
    """BCP-47 codes between commas, normalised, each once.

    Args:
        name: of the variable that they were given in.

    Raises:
        LocalRunError: one is no language.
    """
    return tuple(dict.fromkeys(parse_language(code, name) for code in text.split(",")))


def parse_language(text: str, name: str) -> str:
    """A BCP-47 code, normalised.

    Args:
        name: of the variable that it was given in.

    Raises:
        LocalRunError: it is none.
    """
    if not text.strip():
        raise LocalRunError(f"{name} has an empty language; write it as {_EXAMPLES[name]}")
    if (code := language_code(text)) is None:
        raise LocalRunError(
            f"{name}: {text.strip()!r} is no language; write it as {_EXAMPLES[name]}"
        )
    return code
