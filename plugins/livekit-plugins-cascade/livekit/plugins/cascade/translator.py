"""Incremental translation with any LLM: the committed target is the beginning of its answer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from livekit.agents import APIConnectOptions, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

from .announcement import after_announcement, may_announce
from .errors import CascadeError
from .policy import common_prefix
from .prompts import opening_pair, system_prompt
from .refusal import may_refuse, refuses
from .text import normalise_unit, split_units
from .types import SentencePair

# A draft that failed is replaced by the next one sooner than a retry would bring it.
_DRAFT_OPTIONS = APIConnectOptions(max_retry=0, timeout=5.0)


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """One step of an incremental translation.

    Attributes:
        source: the sentence so far.
        committed: target text that the answer has to begin with.
        previous: the hypothesis before this one, empty for the first.
        departure_units: how many units past its departure from ``previous`` a draft goes on: those
            that the policy holds back there, and those that new source words may have added.
        context: finished sentence pairs before this one.
        final: the source sentence is complete; the whole translation is wanted.
        longest: units, ``committed`` included, beyond which the answer is of no use.
    """

    source: str
    committed: str = ""
    previous: str = ""
    departure_units: int = 4
    context: Sequence[SentencePair] = field(default_factory=tuple)
    final: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A translation of the source so far.

    Attributes:
        complete: False where the draft was cut short.
        token_ends: lengths of the text at which a piece that the model wrote ends; empty where
            nothing is known of them.
    """

    text: str
    complete: bool
    token_ends: tuple[int, ...] = ()


OnPartial: TypeAlias = Callable[[Hypothesis], None]


class Translator(Protocol):
    """Turns a growing source sentence into hypotheses that begin with the committed target."""

    @property
    def source_language(self) -> str: ...

    @property
    def target_language(self) -> str: ...

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        """The hypothesis, beginning with ``request.committed``.

        Args:
            on_partial: told what there is of it as it is written.

        Raises:
            APIError: the model failed; for a final request after its retries.
        """
        ...


class LLMTranslator:
    """A translator over any ``llm.LLM``.

    Works best with a model that continues a final assistant message (``llama_cpp.LLM`` does, and
    servers such as vLLM can); an answer that starts over is recognised and its beginning dropped.

    Args:
        llm: shared by all translators; not closed with them.
        domain: what the talk is about, a line for the prompt.
        glossary: source term to target term.
        extra_kwargs: handed to ``llm.chat``. An engine with a true ``takes_languages`` is told the
            ``source_language`` and ``target_language`` so, because it asks in its model's own way.
    """

    def __init__(
        self,
        llm: llm.LLM[Any],
        *,
        source_language: str,
        target_language: str,
        domain: str = "",
        glossary: Mapping[str, str] | None = None,
        extra_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self._llm = llm
        self._source_language = source_language
        self._target_language = target_language
        self._system = system_prompt(
            source_language, target_language, domain=domain, glossary=glossary
        )
        self._opening = opening_pair(source_language, target_language)
        languages = {"source_language": source_language, "target_language": target_language}
        told = languages if getattr(llm, "takes_languages", False) else {}
        self._extra_kwargs = {**told, **(extra_kwargs or {})}

    @property
    def source_language(self) -> str:
        return self._source_language

    @property
    def target_language(self) -> str:
        return self._target_language

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        """See :class:`Translator`.

        A model that declines, or says nothing of it, is asked again, for
        a final request, without what was said before.

        Raises:
            CascadeError: it does so again.
        """
        hypothesis = await self._ask(request, on_partial)
        if not request.final:
            return hypothesis
        if _is_none(hypothesis.text, request):
            hypothesis = await self._ask(replace(request, context=()), on_partial)
        if _is_none(hypothesis.text, request):
            raise CascadeError("translation", "the model gives no translation", retryable=False)
        return hypothesis

    async def _ask(self, request: TranslationRequest, on_partial: OnPartial | None) -> Hypothesis:
        """What the model answers; of a draft that may turn out to be no translation, nothing."""
        stream = self._llm.chat(
            chat_ctx=self._chat_context(request),
            conn_options=DEFAULT_API_CONNECT_OPTIONS if request.final else _DRAFT_OPTIONS,
            extra_kwargs=self._extra_kwargs or NOT_GIVEN,
        )
        answer, complete = "", True
        ends: list[int] = []
        async with stream:
            async for chunk in stream:
                answer += (chunk.delta.content or "") if chunk.delta else ""
                ends.append(len(answer))
                if "\n" in _body(answer, request):
                    break
                partial = self._hypothesis(answer, ends, request, complete=False)
                if _may_be_none(partial.text, request):
                    continue
                if self._is_too_long(answer, request):
                    break
                if self._is_enough(answer, request):
                    complete = False
                    break
                if on_partial is not None and not self._may_start_over(answer, request.committed):
                    on_partial(partial)
        hypothesis = self._hypothesis(answer, ends, request, complete=complete)
        if not request.final and _may_be_none(hypothesis.text, request):
            return Hypothesis(request.committed, complete=False)
        return hypothesis

    def _hypothesis(
        self, answer: str, ends: Sequence[int], request: TranslationRequest, *, complete: bool
    ) -> Hypothesis:
        continuation = self._continuation(_body(answer, request), request.committed)
        text = request.committed + continuation
        shift = len(request.committed) - max(answer.find(continuation), 0)
        inside = (end + shift for end in ends)
        token_ends = tuple(e for e in inside if len(request.committed) < e <= len(text))
        return Hypothesis(text, complete, token_ends)

    async def warm_up(self) -> None:
        """Evaluate the part of the prompt that every request shares, so the first is not slow."""
        opening = self._opening[0].source if self._opening else "Hello."
        async with asyncio.timeout(60):
            await self.translate(TranslationRequest(source=opening, final=True))

    def _chat_context(self, request: TranslationRequest) -> llm.ChatContext:
        context = llm.ChatContext.empty()
        context.add_message(role="system", content=self._system)
        for pair in (*self._opening, *request.context):
            context.add_message(role="user", content=pair.source)
            context.add_message(role="assistant", content=pair.target)
        context.add_message(role="user", content=request.source)
        if request.committed:
            context.add_message(role="assistant", content=request.committed)
        return context

    def _is_enough(self, answer: str, request: TranslationRequest) -> bool:
        if request.final or not request.previous:
            return False
        language = self._target_language
        before = split_units(request.previous[len(request.committed) :], language)
        now = split_units(_body(answer, request), language)
        # The last unit may still be growing, so it counts neither as shared nor as departed.
        departed = len(now) - 1 - common_prefix(before, now[:-1])
        return departed >= request.departure_units

    def _is_too_long(self, answer: str, request: TranslationRequest) -> bool:
        """A model that goes round in circles stops only at its last token."""
        if request.longest is None:
            return False
        said = request.committed + _body(answer, request)
        return len(split_units(said, self._target_language)) > request.longest

    def _may_start_over(self, answer: str, committed: str) -> bool:
        """Whether so far the answer says what is committed, which may or may not go on."""
        said = split_units(committed, self._target_language)
        units = split_units(answer, self._target_language)
        return bool(committed) and _same(units[:-1], said[: len(units) - 1], at_least=0)

    def _continuation(self, answer: str, committed: str) -> str:
        first_line = answer.strip("\n").split("\n")[0] if answer.strip() else ""
        if not committed:
            return first_line.strip()
        return _without_restart(first_line, committed, self._target_language)


def _body(answer: str, request: TranslationRequest) -> str:
    """The answer itself; a continuation has nothing to announce."""
    said = answer if request.committed else after_announcement(answer, source=request.source)
    return said.strip("\n")


def _may_be_none(text: str, request: TranslationRequest) -> bool:
    """Whether ``text`` may turn out to be no translation."""
    source = request.source
    return not text or may_refuse(text, source=source) or may_announce(text, source=source)


def _is_none(text: str, request: TranslationRequest) -> bool:
    """Whether ``text`` is no translation, although there is something to translate."""
    missing = not text and any(letter.isalnum() for letter in request.source)
    return missing or refuses(text, source=request.source)


def _without_restart(answer: str, committed: str, language: str) -> str:
    """``answer`` less a repetition of ``committed`` at its beginning, if it starts over."""
    said = split_units(committed, language)
    units = split_units(answer, language)
    restarted = _same(units[: len(said)], said, at_least=2)
    return "".join(units[len(said) :]) if restarted else answer.rstrip()


def _same(first: Sequence[str], second: Sequence[str], *, at_least: int) -> bool:
    return len(first) >= at_least and list(map(normalise_unit, first)) == list(
        map(normalise_unit, second)
    )
