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
            if number is not None and not (isinstance(number, int) and number >= least):
                raise ValueError(f"{name} is {number!r}; it has to be {least} or more")

    def with_extra(self, extra: Mapping[str, Any]) -> "ChatOptions":
        """These options, with those of one request put in; None leaves one as it is.

        Raises:
            ValueError: a key that means nothing here, or a value out of range or of another kind.
        """
        known = {*_TASK, *_SAMPLING, "max_tokens", "stop", "use_draft", "divergence_tokens"}
        if unknown := sorted(set(extra) - known):
            raise ValueError(
                f"extra_kwargs {', '.join(unknown)} not known; known are {', '.join(sorted(known))}"
            )
        given = {name: value for name, value in extra.items() if value is not None}
        try:
            return ChatOptions(
                sampling=_updated(self.sampling, _SAMPLING, given),
                max_tokens=given.get("max_tokens", self.max_tokens),
                stop=_strings(given.get("stop", self.stop)),
                use_draft=given.get("use_draft", self.use_draft),
                divergence_tokens=given.get("divergence_tokens", self.divergence_tokens),
                task=_updated(self.task, _TASK, given),
            )
        except TypeError as error:
            raise ValueError(f"extra_kwargs has a value of the wrong kind: {error}") from None


def _updated(value: Any, names: tuple[str, ...], extra: Mapping[str, Any]) -> Any:
    current = {name: getattr(value, name) for name in names}
    return type(value)(**{name: extra.get(name, current[name]) for name in names})


def _strings(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
