"""A model whose tokens are the bytes of its text and whose answers are given by a function."""

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from livekit.agents import llm

from livekit.plugins.llama_cpp import FORMATS, Backend, DecodeError, Request
from livekit.plugins.llama_cpp.backend import Logits, Slice
from livekit.plugins.llama_cpp.dialogue import Dialogue
from livekit.plugins.llama_cpp.prompt import render
from livekit.plugins.llama_cpp.translation import Task

END = 256
BEGIN = 257
_VOCABULARY = 258

QWEN = {"general.architecture": "qwen2"}

Script = Callable[[str], str]
"""The rest of the answer, given the prompt and what was said of the answer; empty ends it."""


def answers(target: Callable[[str], str]) -> Script:
    """A script that answers the last user message of a ChatML prompt with ``target`` of it."""

    def rest(text: str) -> str:
        before, said = text.rsplit("<|im_start|>assistant\n", 1)
        source = before.rsplit("<|im_start|>user\n", 1)[1].removesuffix("<|im_end|>\n")
        full = target(source)
        return full[len(said) :] if full.startswith(said) else ""

    return rest


class ScriptedBackend(Backend):
    """Checks on each call what llama.cpp demands, and counts the passes.

    Args:
        gated: each pass waits for :meth:`allow`.
        faults: passes that fail, by number from 0.
    """

    def __init__(
        self,
        script: Script,
        *,
        n_ctx: int = 4096,
        n_sequences: int = 4,
        can_rewind: bool = True,
        gated: bool = False,
        faults: Mapping[int, Exception] | None = None,
        metadata: Mapping[str, str] = QWEN,
    ) -> None:
        self.n_ctx = n_ctx
        self.n_sequences = n_sequences
        self.can_rewind = self.can_cut = can_rewind
        self.cells: list[list[int]] = [[] for _ in range(n_sequences)]
        self.passes: list[list[Slice]] = []
        self.threads: list[int] = []
        self.tokenized: list[int] = []
        self.closed = False
        self.evaluated = threading.Semaphore(0)
        self._script = script
        self._gate = threading.Semaphore(0) if gated else None
        self._faults = dict(faults or {})
        self._metadata = metadata

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def metadata(self) -> Mapping[str, str]:
        return self._metadata

    def allow(self, passes: int = 1) -> None:
        assert self._gate is not None
        self._gate.release(passes)

    def tokenize(self, text: str) -> list[int]:
        self.tokenized.append(len(text))
        return [BEGIN, *text.encode()]

    def least_tokens(self, text: str) -> int:
        return len(text.encode()) // 4

    def tokenize_plain(self, text: str) -> list[int]:
        return list(text.encode())

    def control_token(self, marker: str) -> int | None:
        return END if marker == "<|im_end|>" else None

    def piece(self, token: int) -> bytes:
        return bytes([token]) if token < END else b""

    def is_end(self, token: int) -> bool:
        return token == END

    def use_threads(self, count: int) -> None:
        self.threads.append(count)

    def evaluate(self, slices: Sequence[Slice]) -> Sequence[Sequence[Logits]]:
        assert not self.closed
        if self._gate is not None:
            self._gate.acquire()
        number = len(self.passes)
        self.passes.append(list(slices))
        self.evaluated.release()
        if fault := self._faults.get(number):
            raise fault
        return [self._evaluate(part) for part in slices]

    def _evaluate(self, part: Slice) -> list[Logits]:
        cells = self.cells[part.sequence]
        assert part.tokens
        assert part.start == len(cells), "the sequence does not end where the slice begins"
        cells.extend(part.tokens)
        assert sum(map(len, self.cells)) <= self.n_ctx, "the buffer is full"
        ends = range(part.start + part.logits_from + 1, len(cells) + 1)
        return [self._logits(cells[:end]) for end in ends]

    def _logits(self, tokens: Sequence[int]) -> Logits:
        rest = self._script(bytes(t for t in tokens if t < END).decode(errors="ignore"))
        # The script works on text, the model on bytes: inside a character go on with its bytes.
        partial = _unfinished(tokens)
        data = rest.encode()[partial:]
        logits = np.zeros(_VOCABULARY, dtype=np.float32)
        logits[data[0] if data else END] = 1.0
        return logits

    def copy(self, source: int, destination: int, length: int) -> None:
        assert source != destination
        assert not self.cells[destination], "the destination is not empty"
        assert length <= len(self.cells[source])
        self.cells[destination] = self.cells[source][:length]

    def cut(self, sequence: int, start: int, length: int) -> None:
        assert self.can_cut
        cells = self.cells[sequence]
        moved = start + length
        assert 0 < length and moved < len(cells)
        others = [held for index, held in enumerate(self.cells) if index != sequence]
        assert not any(held[: moved + 1] == cells[: moved + 1] for held in others), "shared cells"
        del cells[start : start + length]

    def truncate(self, sequence: int, length: int) -> None:
        assert self.can_rewind or length in (0, len(self.cells[sequence]))
        del self.cells[sequence][length:]

    def close(self) -> None:
        self.closed = True


def _unfinished(tokens: Sequence[int]) -> int:
    """How many bytes of a character that is not complete the tokens end with."""
    data = bytes(t for t in tokens if t < END)
    return len(data) - len(data.decode(errors="ignore").encode())


def broken(reason: str = "scripted") -> DecodeError:
    return DecodeError(reason)


def chat_context(*turns: str, system: str = "") -> llm.ChatContext:
    """Alternating user and assistant messages."""
    context = llm.ChatContext.empty()
    if system:
        context.add_message(role="system", content=system)
    for number, text in enumerate(turns):
        context.add_message(role="assistant" if number % 2 else "user", content=text)
    return context


def requested(context: llm.ChatContext, max_tokens: int = 200) -> Request:
    """The request that a chat context makes, with no languages given."""
    dialogue = Dialogue.from_chat_context(context)
    prompt = render(FORMATS["chatml"], dialogue, Task())
    return Request(
        prompt.text,
        prompt.conversation,
        max_tokens=max_tokens,
        end_markers=("<|im_end|>",),
        skip_space=prompt.skip_space,
    )
