"""What a single ``chat()`` may ask for through ``extra_kwargs``. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .sampling import Sampling
from .translation import Task

_TASK = ("source_language", "target_language", "glossary", "background")
_SAMPLING = ("temperature", "top_k", "top_p", "seed")


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Settings of one answer.

    Attributes:
        stop: strings that end the answer; they are not part of it.
        use_draft: verify the previous answer on the same source instead of generating it anew.
        divergence_tokens: stop so many tokens after departing from it; None to go on.
    """

    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    use_draft: bool = True
    divergence_tokens: int | None = None
    task: Task = field(default_factory=Task)

    def __post_init__(self) -> None:
        for name, least in (("max_tokens", 1), ("divergence_tokens", 0)):
            number = getattr(self, name)
            if number is not None and not (_is_whole(number) and number >= least):
                raise ValueError(f"{name} is {number!r}; it has to be a number, {least} or more")

    def with_extra(self, extra: Mapping[str, Any]) -> "ChatOptions":
        """These options, with those of one request put in; None leaves one as it is.

        Raises:
            ValueError: a key that means nothing here, or a value out of range or of another kind.
        """
        if unknown := sorted(set(extra) - set(_KINDS)):
            raise ValueError(
                f"extra_kwargs {', '.join(unknown)} not known; known are "
                f"{', '.join(sorted(_KINDS))}"
            )
        given = {name: value for name, value in extra.items() if value is not None}
        _check_kinds(given)
        return ChatOptions(
            sampling=_updated(self.sampling, _SAMPLING, given),
            max_tokens=given.get("max_tokens", self.max_tokens),
            stop=_strings(given.get("stop", self.stop)),
            use_draft=given.get("use_draft", self.use_draft),
            divergence_tokens=given.get("divergence_tokens", self.divergence_tokens),
            task=_updated(self.task, _TASK, given),
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list | tuple) and all(map(_is_text, value)))


def _are_terms(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values())))


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not _is_truth(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not _is_truth(value)


_TEXT = _is_text, "a string"
_NUMBER = _is_number, "a number"
_WHOLE = _is_whole, "a whole number"
# What each is, and how that is called.
_KINDS = {
    "source_language": _TEXT,
    "target_language": _TEXT,
    "glossary": (_are_terms, "a mapping of strings to strings"),
    "background": _TEXT,
    "temperature": _NUMBER,
    "top_k": _WHOLE,
    "top_p": _NUMBER,
    "seed": _WHOLE,
    "max_tokens": _WHOLE,
    "stop": (_are_texts, "a string or a list of strings"),
    "use_draft": (_is_truth, "True or False"),
    "divergence_tokens": _WHOLE,
}


def _check_kinds(given: Mapping[str, Any]) -> None:
    """Raise a ValueError that names the first option of another kind; its value may be what
    somebody said, and is not shown."""
    for name, value in given.items():
        is_right, kind = _KINDS[name]
        if not is_right(value):
            raise ValueError(
                f"extra_kwargs {name} is of the wrong kind, {type(value).__name__}; it has to be "
                f"{kind}"
            )


def _updated(value: Any, names: tuple[str, ...], extra: Mapping[str, Any]) -> Any:
    current = {name: getattr(value, name) for name in names}
    return type(value)(**{name: extra.get(name, current[name]) for name in names})


def _strings(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
