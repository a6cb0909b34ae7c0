"""A chat context as plain turns, with the forced beginning of the answer set apart. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from livekit.agents import llm

Role = Literal["system", "user", "assistant"]

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Control tokens of the formats known here. What people say or type must not end a turn.
_MARKERS = re.compile(
    r"<\|[a-zA-Z0-9_]{1,40}\|>|<｜[^｜<>]{1,40}｜>|<(?:start|end)_of_turn>|<(?:bos|eos)>"
)


def plain(text: str) -> str:
    """The text without control tokens and what cannot be encoded (half a surrogate pair)."""
    text = _MARKERS.sub("", text.encode(errors="ignore").decode())
    # Nobody puts one into another in earnest. Taken out layer by layer, many of them take seconds.
    return text.replace("<", "") if _MARKERS.search(text) else text


@dataclass(frozen=True, slots=True)
class Message:
    """One turn."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns before the answer, and how the answer begins."""

    messages: tuple[Message, ...]
    forced: str = ""

    @staticmethod
    def of(messages: Iterable[Message]) -> "Dialogue":
        """A final assistant message is taken as the beginning of the answer."""
        turns = tuple(Message(m.role, plain(m.text)) for m in messages)
        if turns and turns[-1].role == "assistant":
            return Dialogue(turns[:-1], turns[-1].text)
        return Dialogue(turns)

    @staticmethod
    def from_chat_context(context: llm.ChatContext) -> "Dialogue":
        """Messages with text; pictures, sound and function calls are left out.

        Of a last message of the user's its turn remains: what was said before it is over, and no
        beginning of the answer.
        """
        messages = context.messages()
        return Dialogue.of(
            Message(_ROLES[message.role], message.text_content or "")
            for message in messages
            if message.text_content or (message is messages[-1] and message.role == "user")
        )

    @property
    def system(self) -> str:
        """All instructions, in order."""
        return "\n\n".join(m.text for m in self.messages if m.role == "system")

    @property
    def source(self) -> str:
        """The last user message; empty where there is none."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Earlier user messages, each with the answer that followed."""
        turns = [m for m in self.messages if m.role != "system"]
        following = zip(turns, turns[1:], strict=False)
        return [(a.text, b.text) for a, b in following if (a.role, b.role) == ("user", "assistant")]

    @property
    def head(self) -> str:
        """Everything before the last user message, in a form to compare."""
        users = [i for i, m in enumerate(self.messages) if m.role == "user"]
        before = self.messages[: users[-1]] if users else self.messages
        return "\x1e".join(f"{m.role}\x1f{m.text}" for m in before)

    def with_users(self, rewrite: Callable[[str], str]) -> "Dialogue":
        """Each user message rewritten."""
        return replace(
            self,
            messages=tuple(
                replace(m, text=rewrite(m.text)) if m.role == "user" else m for m in self.messages
            ),
        )

    def without_system(self) -> "Dialogue":
        """Instructions dropped, for models that take none."""
        return replace(self, messages=tuple(m for m in self.messages if m.role != "system"))

    def with_folded_system(self) -> "Dialogue":
        """Instructions put before the first user message, for models without a system role."""
        system = self.system
        if not system:
            return self
        turns = [m for m in self.messages if m.role != "system"]
        first = next((i for i, m in enumerate(turns) if m.role == "user"), None)
        if first is None:
            return replace(self, messages=(Message("user", system), *turns))
        turns[first] = Message("user", f"{system}\n\n{turns[first].text}")
        return replace(self, messages=tuple(turns))
