"""The model that all conversations of a process share, behind one thread."""

import atexit
import queue
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from livekit.agents import APIError

from .backend import SLICE_TOKENS, Backend
from .drafts import DraftMemory
from .errors import ContextOverflowError, DecodeError, RequestError, RuntimeClosedError
from .generation import Generation
from .log import logger
from .request import Event, Failed, Finished, Progress, Request, Sink, Text, Usage
from .rows import BLOCK
from .sequences import Placement, SequencePool

# Room that has to remain for an answer.
_LEAST_ANSWER = 16
_MAX_DRAFT = 48


class Handle:
    """A request that was submitted."""

    def __init__(self, request: Request, sink: Sink) -> None:
        self.request = request
        self._sink = sink
        self._cancelled = threading.Event()
        self._over = False
        self.prompt: list[int] | None = None
        """Its tokens, once the worker has looked at it."""

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop before the next token (within :data:`SLICE_TOKENS` of a prompt). Any thread."""
        self._cancelled.set()

    def send(self, event: Event) -> None:
        """Pass an event on, unless nobody wants it any more. A sink that fails is cancelled."""
        if self.cancelled or self._over:
            return
        self._over = isinstance(event, Finished | Failed)
        try:
            self._sink(event)
        except RuntimeError:
            # The event loop that wanted it was closed.
            self.cancel()


class Runtime:
    """Weights and KV cache, shared by all conversations; one per process.

    Requests run together: each forward pass carries the next tokens of every one of them, which
    is fair, and on several sequences cheaper than one after the other. Requests that find no room
    wait in the order they came.

    Args:
        backend: the model; closed with the runtime.
        threads: asked before each pass how many threads it may take; any thread.
    """

    def __init__(self, backend: Backend, *, threads: Callable[[], int] | None = None) -> None:
        self._backend = backend
        self._threads = threads
        self._pool = SequencePool(backend.n_sequences, backend.n_ctx, can_cut=backend.can_cut)
        self._drafts = DraftMemory(size=2 * backend.n_sequences)
        self._running: dict[Handle, Generation] = {}
        self._waiting: deque[Handle] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="llama_cpp", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @staticmethod
    def load(
        model: str | Path | None = None,
        *,
        n_ctx: int = 4096,
        n_sequences: int = 16,
        n_threads: int = 1,
        n_threads_batch: int | None = None,
        n_gpu_layers: int = 0,
        threads: Callable[[], int] | None = None,
    ) -> "Runtime":
        """Load a GGUF model. Blocking; some three seconds for a 1.5B model on a CPU, two of them to
        measure which batch sizes it computes fastest.

        Args:
            model: a GGUF file, the name of a model in the default folder, or None for the default.
            n_ctx: tokens that all conversations together can hold.
            n_sequences: how many conversations are kept in the KV cache.
            n_threads: threads for single tokens. One is best beside other engines on few cores.
            n_threads_batch: threads for prompts; as ``n_threads`` unless given.
            n_gpu_layers: layers to put on a GPU; -1 for all. Needs a llama.cpp built for it.
            threads: asked before each pass how many threads it may take, in place of
                ``n_threads`` and ``n_threads_batch``; for who knows what else computes.

        Raises:
            FileNotFoundError: no such model.
            ModelLoadError: the file is damaged, not a GGUF file or not a model of this kind; or
                layers are to be on a GPU and there is none.
            ValueError: a number is too small.
        """
        batch = n_threads if n_threads_batch is None else n_threads_batch
        # llama.cpp ends the process where a context has fewer tokens than a batch has rows.
        for name, number, least in (
            ("n_ctx", n_ctx, BLOCK),
            ("n_sequences", n_sequences, 1),
            ("n_threads", n_threads, 1),
            ("n_threads_batch", batch, 1),
        ):
            if number < least:
                raise ValueError(f"{name} is {number}; it has to be {least} or more")
        from .native import LlamaBackend

        backend = LlamaBackend(
            model,
            n_ctx=n_ctx,
            n_sequences=n_sequences,
            n_threads=n_threads,
            n_threads_batch=batch,
            n_gpu_layers=n_gpu_layers,
        )
        return Runtime(backend, threads=threads)

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def closed(self) -> bool:
        return self._closing

    @property
    def load_count(self) -> int:
        """Requests that run or wait."""
        with self._changed:
            return len(self._running) + len(self._waiting)

    def submit(self, request: Request, sink: Sink) -> Handle:
        """Ask for an answer; events come on the runtime's thread. Never blocks.

        Raises:
            RuntimeClosedError: the runtime was closed.
        """
        handle = Handle(request, sink)
        with self._changed:
            if self._closing:
                raise RuntimeClosedError
            self._waiting.append(handle)
            self._changed.notify()
        return handle

    def complete(self, request: Request) -> tuple[str, Usage]:
        """The whole answer. Blocking; for warming up and for programs without an event loop.

        Raises:
            APIError: the request failed.
        """
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.submit(request, events.put)
        text = ""
        while True:
            match events.get():
                case Text(more):
                    text += more
                case Finished(usage=usage):
                    return text, usage
                case Failed(error):
                    raise error

    def warm_up(self) -> None:
        """Touch all weights, so that the first request is not slow. Blocking."""
        words = "The first call reads the weights from the disk and sets up its buffers. " * 3
        self.complete(Request(prompt=words, max_tokens=2, use_draft=False))

    def close(self) -> None:
        """Fail what runs and waits, end the thread, free the model. Blocks up to one pass."""
        with self._changed:
            first, self._closing = not self._closing, True
            self._changed.notify()
        self._thread.join()
        if first:
            atexit.unregister(self.close)
            self._backend.close()

    def _work(self) -> None:
        while self._await_work():
            try:
                # First, so that the next request on its source gets its sequence and its draft.
                self._drop_cancelled()
                self._admit()
                self._step()
            except DecodeError as error:
                self._fail_running(partial(DecodeError, error.reason))
            except Exception:  # noqa: BLE001 - the thread serves all other requests
                logger.exception("the llama.cpp worker failed")
                self._fail_all(partial(DecodeError, "internal error, see the log"))
        self._fail_all(RuntimeClosedError)

    def _await_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._waiting or self._running)
            return not self._closing

    def _admit(self) -> None:
        while self._waiting and self._admitted(self._waiting[0]):
            with self._changed:
                self._waiting.popleft()

    def _admitted(self, handle: Handle) -> bool:
        """Whether the request needs to wait no longer: it runs, or it is over."""
        if handle.cancelled:
            return True
        try:
            return self._started(handle)
        except APIError as error:
            handle.send(Failed(error))
        except Exception:  # noqa: BLE001 - others have no part in it
            handle.send(Failed(_own_fault()))
        return True

    def _started(self, handle: Handle) -> bool:
        request, n_ctx = handle.request, self._backend.n_ctx
        needed = min(request.max_tokens, _LEAST_ANSWER)
        prompt = handle.prompt = handle.prompt or self._tokenize(request.prompt, needed)
        room = min(request.max_tokens, n_ctx - len(prompt))
        if room < needed:
            raise ContextOverflowError(prompt_tokens=len(prompt), room=needed, n_ctx=n_ctx)
        placement = self._pool.place(prompt, request.conversation, len(prompt) + room)
        if placement is None:
            return False
        self._begin(handle, prompt, room, placement)
        return True

    def _tokenize(self, text: str, room: int) -> list[int]:
        """The tokens of a prompt, unless it is sure that they leave no ``room``: to count those of
        millions of characters takes seconds, in which nobody gets an answer."""
        backend, n_ctx = self._backend, self._backend.n_ctx
        # Nobody needs to look closer at a prompt that would fit with a token for each character.
        least = backend.least_tokens(text) if len(text) > n_ctx else 0
        if least > n_ctx - room:
            raise ContextOverflowError(prompt_tokens=least, room=room, n_ctx=n_ctx, counted=False)
        return backend.tokenize(text)

    def _begin(self, handle: Handle, prompt: list[int], limit: int, placement: Placement) -> None:
        self._prepare(placement)
        slot, request = placement.slot, handle.request
        draft = self._draft(request)[: limit - 1]
        # First what may fail, and then what has to be undone when the request is over.
        generation = Generation(self._backend, request, slot, prompt, draft, limit)
        self._pool.occupy(slot, request.conversation, len(prompt) + limit)
        self._running[handle] = generation

    def _prepare(self, placement: Placement) -> None:
        """Make the sequence hold the reused beginning and nothing else."""
        slot, donor, cut = placement.slot, placement.donor, placement.cut
        if cut is not None:
            self._backend.cut(slot.index, cut.start, cut.length)
            del slot.tokens[cut.start : cut.start + cut.length]
        kept = 0 if donor else placement.reused
        if kept and kept < len(slot.tokens) and not self._backend.can_rewind:
            kept = 0
        self._backend.truncate(slot.index, kept)
        slot.shorten(kept)
        if donor and placement.reused and self._backend.can_rewind:
            self._backend.copy(donor.index, slot.index, placement.reused)
            self._pool.share(donor, slot, placement.reused)
        for other in placement.evicted:
            self._backend.truncate(other.index, 0)
            other.shorten(0)

    def _draft(self, request: Request) -> list[int]:
        if not (request.use_draft and self._backend.can_rewind):
            return []
        draft = self._drafts.draft_for(request.conversation)
        tokens = draft.tokens or (self._backend.tokenize_plain(draft.text) if draft.text else [])
        return list(tokens[:_MAX_DRAFT])

    def _drop_cancelled(self) -> None:
        for handle in [h for h in self._running if h.cancelled]:
            self._retire(handle)

    def _step(self) -> None:
        running = list(self._running.items())
        slices = [generation.next_slice(SLICE_TOKENS) for _, generation in running]
        if not slices:
            return
        if self._threads is not None:
            self._backend.use_threads(self._threads())
        results = self._backend.evaluate(slices)
        for (handle, generation), part, logits in zip(running, slices, results, strict=True):
            try:
                texts = generation.advance(part, logits)
            except Exception:  # noqa: BLE001 - others have no part in it
                self._fail(handle, _own_fault())
                continue
            for event in map(Text, texts) if texts else (Progress(),):
                handle.send(event)
            if generation.reason:
                self._retire(handle)
                handle.send(Finished(generation.usage(), generation.reason))

    def _retire(self, handle: Handle) -> None:
        generation = self._running.pop(handle)
        self._pool.release(generation.slot)
        self._drafts.remember(generation.answer())

    def _fail(self, handle: Handle, error: APIError) -> None:
        """What a failure left in the sequence is unknown, so it starts over."""
        slot = self._running.pop(handle).slot
        self._backend.truncate(slot.index, 0)
        slot.shorten(0)
        self._pool.release(slot)
        handle.send(Failed(error))

    def _fail_running(self, make_error: Callable[[], APIError]) -> None:
        """Each with an error of its own: LiveKit notes in it that what was said is not repeated."""
        for handle in list(self._running):
            self._fail(handle, make_error())

    def _fail_all(self, make_error: Callable[[], APIError]) -> None:
        self._fail_running(make_error)
        with self._changed:
            waiting = list(self._waiting)
            self._waiting.clear()
        for handle in waiting:
            handle.send(Failed(make_error()))


def _own_fault() -> RequestError:
    """For the exception in hand, which one request brought about."""
    logger.exception("llama.cpp could not work on a request")
    return RequestError()
