"""Incremental translation with any LLM: the committed target is the beginning of its answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from livekit.agents import APIConnectOptions, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

from .answer import Answer
from .continuation import going_on, is_far_longer, may_break_off
from .errors import CascadeError
from .glossary import Glossary
from .hypothesis import Hypothesis, OnPartial, TranslationRequest
from .large_numbers import rename_large_numbers
from .prompts import opening_pair, system_prompt
from .refusal import refuses

# A draft that failed is replaced by the next one sooner than a retry would bring it.
_DRAFT_OPTIONS = APIConnectOptions(max_retry=0, timeout=5.0)


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
        glossary: source term to target term; of many, the model is told those that are said.
        extra_kwargs: handed to ``llm.chat``; a ``glossary`` in it is cut like the other. An engine
            with a true ``takes_languages`` is told the ``source_language`` and ``target_language``
            so, because it asks in its model's own way.

    Raises:
        ValueError: the glossary is no mapping of strings to strings.
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
        self._opening = opening_pair(source_language, target_language)
        # Source and committed text of the latest draft that did not go on.
        self._broken_off = "", ""
        self.update_options(domain=domain, glossary=glossary, extra_kwargs=extra_kwargs)

    @property
    def source_language(self) -> str:
        return self._source_language

    @property
    def target_language(self) -> str:
        return self._target_language

    def update_options(
        self,
        *,
        domain: str = "",
        glossary: Mapping[str, str] | None = None,
        extra_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Use these instead of the constructor's, from the next request on."""
        source, target = self._source_language, self._target_language
        self._domain, self._glossary = domain, Glossary(glossary or {})
        languages = {"source_language": source, "target_language": target}
        told = languages if getattr(self._llm, "takes_languages", False) else {}
        self._extra_kwargs = {**told, **(extra_kwargs or {})}
        self._cuts_extra = bool(glossary) and "glossary" in self._extra_kwargs

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        """See :class:`Translator`.

        A model that declines a final request, or says nothing of it, is asked again without what
        was said before; one that does not go on from what is committed, for the whole sentence.

        Raises:
            CascadeError: it does so again, or the whole sentence is another.
        """
        asked = request.source, request.committed
        if request.final and asked == self._broken_off:
            return await self._ask_for_whole(request, Hypothesis(request.committed, complete=True))
        hypothesis = await self._ask(request, on_partial)
        if hypothesis.complete and self._may_break_off(hypothesis, request):
            if request.final:
                return await self._ask_for_whole(request, hypothesis)
            self._broken_off = asked
            return replace(hypothesis, complete=False)
        if not request.final:
            return hypothesis
        if _is_none(hypothesis.text, request):
            hypothesis = await self._ask(replace(request, context=()), on_partial)
        if _is_none(hypothesis.text, request):
            raise CascadeError("translation", "the model gives no translation", retryable=False)
        return hypothesis

    def _may_break_off(self, hypothesis: Hypothesis, request: TranslationRequest) -> bool:
        return may_break_off(
            hypothesis.text,
            committed=request.committed,
            source=request.source,
            source_language=self._source_language,
            language=self._target_language,
        )

    async def _ask_for_whole(
        self, request: TranslationRequest, broken_off: Hypothesis
    ) -> Hypothesis:
        """The translation as it goes on from what is committed, by a model that was not told so:
        some servers take that for a turn which has ended, and say nothing more."""
        committed, language = request.committed, self._target_language
        whole = (await self._ask(replace(request, committed=""), None)).text
        text = None if _is_none(whole, request) else going_on(whole, committed, language)
        if text is not None:
            return Hypothesis(text, complete=True)
        if not whole or is_far_longer(whole, committed, language):
            raise CascadeError("translation", "the model does not go on", retryable=False)
        return broken_off

    async def _ask(self, request: TranslationRequest, on_partial: OnPartial | None) -> Hypothesis:
        """What the model answers; of a draft that may turn out to be no translation, nothing."""
        terms = self._glossary.told(request.source)
        extra = {**self._extra_kwargs, **({"glossary": terms} if self._cuts_extra else {})}
        stream = self._llm.chat(
            chat_ctx=self._chat_context(request, terms),
            conn_options=DEFAULT_API_CONNECT_OPTIONS if request.final else _DRAFT_OPTIONS,
            extra_kwargs=extra or NOT_GIVEN,
        )
        # LiveKit begins the answer anew, and what has come of it may have been spoken.
        stream._retry_on_chunk_sent = False
        answer, complete = Answer(request, self._target_language), True
        async with stream:
            async for chunk in stream:
                answer.add((chunk.delta.content or "") if chunk.delta else "")
                if answer.has_ended or answer.is_no_draft:
                    break
                if answer.may_be_none:
                    continue
                if answer.is_too_long:
                    break
                if answer.is_enough:
                    complete = False
                    break
                if on_partial is not None and not answer.may_start_over:
                    on_partial(self._renamed(answer, request, complete=False))
        if not request.final and answer.may_be_none:
            return Hypothesis(request.committed, complete=False)
        return self._renamed(answer, request, complete=complete)

    def _renamed(
        self, answer: Answer, request: TranslationRequest, *, complete: bool
    ) -> Hypothesis:
        """The translation so far, with the right names of large numbers in what is new."""
        hypothesis, committed = answer.hypothesis(complete=complete), request.committed
        continuation = rename_large_numbers(
            hypothesis.text[len(committed) :],
            source=request.source,
            source_language=self._source_language,
            language=self._target_language,
            is_growing=not complete,
        )
        return replace(hypothesis, text=committed + continuation)

    async def warm_up(self) -> None:
        """Evaluate the part of the prompt that every request shares, so the first is not slow."""
        opening = self._opening[0].source if self._opening else "Hello."
        async with asyncio.timeout(60):
            await self.translate(TranslationRequest(source=opening, final=True))

    def _chat_context(
        self, request: TranslationRequest, terms: Mapping[str, str]
    ) -> llm.ChatContext:
        source, target = self._source_language, self._target_language
        system = system_prompt(source, target, domain=self._domain, glossary=terms)
        context = llm.ChatContext.empty()
        context.add_message(role="system", content=system)
        for pair in (*self._opening, *request.context):
            context.add_message(role="user", content=pair.source)
            context.add_message(role="assistant", content=pair.target)
        context.add_message(role="user", content=request.source)
        if request.committed:
            context.add_message(role="assistant", content=request.committed)
        return context


def _is_none(text: str, request: TranslationRequest) -> bool:
    """Whether ``text`` is no translation, although there is something to translate."""
    missing = not text and any(letter.isalnum() for letter in request.source)
    return missing or refuses(text, source=request.source)
