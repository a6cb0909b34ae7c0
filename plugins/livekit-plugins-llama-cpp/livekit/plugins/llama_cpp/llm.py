"""The language model as a LiveKit LLM."""

import asyncio
from pathlib import Path
from typing import Any

from livekit.agents import APIConnectOptions, APITimeoutError, llm, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from .dialogue import Dialogue
from .log import logger
from .options import ChatOptions
from .prompt import PromptFormat, choose_format, render
from .request import Event, Failed, Finished, Request, Text, Usage
from .runtime import Runtime
from .sampling import Sampling


class LLM(llm.LLM[Any]):
    """A GGUF model in this process.

    A final assistant message in the chat context is continued, and only its continuation is
    streamed. Concurrent chats share the model. ``extra_kwargs`` of :meth:`chat` takes
    ``source_language`` and ``target_language`` (needed by translation-only models; none but the
    target's scripts are written then), ``glossary`` and ``background`` (used by Hy-MT2),
    ``temperature``, ``top_k``, ``top_p``, ``seed``, ``max_tokens``, ``stop``, ``use_draft`` and
    ``divergence_tokens``. The last chunk carries the usage and ``delta.extra["finish_reason"]``:
    "stop", "length" or "divergence". Tools are not supported.

    Args:
        model: a GGUF file, the name of a model in the default folder, or None for the default.
            Loading blocks for about a second; share a ``runtime`` to load once per process.
        n_ctx: tokens that all conversations together can hold.
        n_threads: threads for single tokens; one is best beside other engines on few cores.
        n_threads_batch: threads for prompts; as ``n_threads`` unless given.
        temperature: 0 takes the likeliest token.
        max_tokens: longer answers are cut.
        prompt_format: a name in ``FORMATS`` or ``"template"``; recognised if not given.
        runtime: a loaded model, which is not closed with the LLM.

    Raises:
        FileNotFoundError: no such model.
        ModelLoadError: the file cannot be used.
        ValueError: an option is out of range, or the prompt format is not known.
    """

    takes_languages = True
    """Whether ``source_language`` and ``target_language`` in ``extra_kwargs`` make it translate in
    the way that its model is asked best."""

    def __init__(
        self,
        *,
        model: str | Path | None = None,
        n_ctx: int = 4096,
        n_threads: int = 1,
        n_threads_batch: int | None = None,
        temperature: float = 0.0,
        max_tokens: int = 512,
        prompt_format: str | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        super().__init__()
        self._options = ChatOptions(Sampling(temperature=temperature), max_tokens)
        self._owns_runtime = runtime is None
        self._runtime = runtime or Runtime.load(
            model, n_ctx=n_ctx, n_threads=n_threads, n_threads_batch=n_threads_batch
        )
        self._format = self._choose_format(prompt_format)
        self._warned_of_tools = False

    def _choose_format(self, wanted: str | None) -> PromptFormat:
        backend = self._runtime.backend
        try:
            return choose_format(backend.metadata, backend.name, wanted)
        except ValueError:
            if self._owns_runtime:
                self._runtime.close()
            raise

    @property
    def model(self) -> str:
        return self._runtime.backend.name

    @property
    def provider(self) -> str:
        return "llama.cpp"

    @property
    def prompt_format(self) -> str:
        """Name of the format in use."""
        return self._format.name

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> "LLMStream":
        """Stream an answer; see the class for ``extra_kwargs``.

        Raises:
            ValueError: ``extra_kwargs`` has an unknown key, or a value of another range or kind.
        """
        if tools and not self._warned_of_tools:
            self._warned_of_tools = True
            logger.warning("llama_cpp.LLM does not call tools; they are ignored")
        return LLMStream(
            self,
            options=self._options.with_extra(extra_kwargs or {}),
            form=self._format,
            chat_ctx=chat_ctx,
            tools=tools or [],
            conn_options=conn_options,
        )

    async def _prewarm_impl(self) -> None:
        await asyncio.to_thread(self._runtime.warm_up)

    async def aclose(self) -> None:
        await super().aclose()
        if self._owns_runtime:
            await asyncio.to_thread(self._runtime.close)


class LLMStream(llm.LLMStream):
    """One answer. Closing it stops the decode before its next token."""

    def __init__(
        self,
        owner: LLM,
        *,
        options: ChatOptions,
        form: PromptFormat,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(owner, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        # A retry after the first words would say them twice.
        self._retry_on_chunk_sent = False
        self._runtime = owner.runtime
        self._options = options
        self._form = form
        self._request_id = utils.shortuuid("llama_")

    async def _run(self) -> None:
        events: asyncio.Queue[Event] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def on_event(event: Event) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        handle = self._runtime.submit(self._request(), on_event)
        try:
            while not self._handle(await self._next(events)):
                pass
        finally:
            handle.cancel()

    async def _next(self, events: "asyncio.Queue[Event]") -> Event:
        timeout = self._conn_options.timeout
        try:
            async with asyncio.timeout(timeout):
                return await events.get()
        except TimeoutError:
            raise APITimeoutError(
                f"llama.cpp gave no sign of life for {timeout} s: the machine is busy or too slow "
                "for this model; use a smaller one or raise conn_options.timeout"
            ) from None

    def _handle(self, event: Event) -> bool:
        """Pass an event on; returns whether it was the last."""
        match event:
            case Failed(error):
                raise error
            case Text(text):
                delta = llm.ChoiceDelta(role="assistant", content=text)
                self._event_ch.send_nowait(llm.ChatChunk(id=self._request_id, delta=delta))
            case Finished(usage, reason):
                delta = llm.ChoiceDelta(extra={"finish_reason": reason})
                self._event_ch.send_nowait(
                    llm.ChatChunk(id=self._request_id, delta=delta, usage=_completion_usage(usage))
                )
                return True
        return False

    def _request(self) -> Request:
        dialogue = Dialogue.from_chat_context(self._chat_ctx)
        prompt = render(self._form, dialogue, self._options.task)
        return Request(
            prompt=prompt.text,
            conversation=prompt.conversation,
            max_tokens=self._options.max_tokens,
            sampling=self._options.sampling,
            stop=self._options.stop,
            end_markers=self._form.end_markers,
            skip_space=prompt.skip_space,
            use_draft=self._options.use_draft,
            divergence_tokens=self._options.divergence_tokens,
            language=self._options.task.target_language,
        )


def _completion_usage(usage: Usage) -> llm.CompletionUsage:
    return llm.CompletionUsage(
        completion_tokens=usage.completion_tokens,
        prompt_tokens=usage.prompt_tokens,
        prompt_cached_tokens=usage.cached_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
