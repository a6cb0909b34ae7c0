"""A GGUF model through llama.cpp's C interface."""

import ctypes
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import llama_cpp

from . import native_log, variants
from .amx import repacking_works
from .backend import SLICE_TOKENS, Backend, Logits, Slice
from .errors import DecodeError, ModelLoadError
from .models import FILE_NAME, locate, remedy
from .rows import BLOCK, MEASURED, RowCosts

# The buffer for logits is sized for a whole micro-batch: 128 tokens of a 151 k vocabulary are
# 78 MB, the default of 512 would be 311 MB.
_MICRO_BATCH = 128
# The best of so many counts: another process may have had the core meanwhile.
_MEASUREMENTS = 2
# In UTF-8; one that the vocabulary lacks may be a single token.
_LONGEST_CHARACTER = 4


class LlamaBackend(Backend):
    """Weights, one context with a buffer that all sequences share, and a batch.

    Args: see :meth:`Runtime.load`.

    Raises:
        FileNotFoundError: no such model.
        ModelLoadError: the file cannot be used, or there is no GPU for the layers.
    """

    def __init__(
        self,
        model: str | Path | None,
        *,
        n_ctx: int,
        n_sequences: int,
        n_threads: int,
        n_threads_batch: int,
        n_gpu_layers: int,
    ) -> None:
        path = locate(model)
        native_log.install()
        _load_code()
        _check_gpu(n_gpu_layers)
        llama_cpp.llama_backend_init()
        self._model = _load_model(path, n_gpu_layers)
        self._context = _create_context(
            self._model, path, n_ctx, n_sequences, n_threads, n_threads_batch
        )
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocabulary = int(llama_cpp.llama_vocab_n_tokens(self._vocabulary))
        self._batch = llama_cpp.llama_batch_init(n_sequences * SLICE_TOKENS + BLOCK, 0, 1)
        self._metadata = {
            **_read_metadata(self._model),
            "tokenizer.begin": self._written(llama_cpp.llama_vocab_bos(self._vocabulary)),
            "tokenizer.end": self._written(llama_cpp.llama_vocab_eos(self._vocabulary)),
        }
        self._name = self._metadata.get("general.name") or _file_name(path)
        self.n_ctx = int(llama_cpp.llama_n_ctx(self._context)) - BLOCK
        self.n_sequences = n_sequences
        self.can_rewind = not (
            llama_cpp.llama_model_is_recurrent(self._model)
            or llama_cpp.llama_model_is_hybrid(self._model)
        )
        self.can_cut = self.can_rewind and bool(llama_cpp.llama_memory_can_shift(self._memory))
        self._pieces: dict[int, bytes] = {}
        self._longest = 0
        self._costs = self._measure_rows() if self.can_rewind and n_gpu_layers == 0 else None

    @property
    def name(self) -> str:
        return self._name

    @property
    def metadata(self) -> Mapping[str, str]:
        return self._metadata

    def tokenize(self, text: str) -> list[int]:
        begin = int(llama_cpp.llama_vocab_bos(self._vocabulary))
        tokens = self._tokenize(text, special=True)
        # A template may spell the begin token out.
        wants_begin = llama_cpp.llama_vocab_get_add_bos(self._vocabulary)
        return [begin, *tokens] if wants_begin and tokens[:1] != [begin] else tokens

    def least_tokens(self, text: str) -> int:
        return len(text.encode()) // self._longest_token()

    def _longest_token(self) -> int:
        """Bytes that one token stands for at most. Looked up once, and only for a long prompt."""
        if not self._longest:
            vocabulary, longest = self._vocabulary, _LONGEST_CHARACTER
            for token in range(self._n_vocabulary):
                # As it is stored a token is never shorter than what it stands for.
                if len(llama_cpp.llama_vocab_get_text(vocabulary, token)) > longest:
                    # Without a buffer its length is told, negated.
                    size = llama_cpp.llama_token_to_piece(vocabulary, token, None, 0, 0, True)
                    longest = max(longest, -size)
            self._longest = longest
        return self._longest

    def tokenize_plain(self, text: str) -> list[int]:
        return self._tokenize(text, special=False)

    def control_token(self, marker: str) -> int | None:
        tokens = self._tokenize(marker, special=True)
        return tokens[0] if len(tokens) == 1 else None

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        data = text.encode()
        size = len(data) + 8
        buffer = (llama_cpp.llama_token * size)()
        count = llama_cpp.llama_tokenize(
            self._vocabulary, data, len(data), buffer, size, False, special
        )
        if count < 0:
            raise DecodeError("the text could not be cut into tokens")
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._read_piece(token, special=False)
        return piece

    def _read_piece(self, token: int, *, special: bool) -> bytes:
        size = 256
        buffer = ctypes.create_string_buffer(size)
        length = llama_cpp.llama_token_to_piece(self._vocabulary, token, buffer, size, 0, special)
        return buffer.raw[: max(length, 0)]

    def _written(self, token: int) -> str:
        """How a control token is written; empty for a model without it."""
        return self._read_piece(token, special=True).decode() if token >= 0 else ""

    def is_end(self, token: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocabulary, token))

    def use_threads(self, count: int) -> None:
        llama_cpp.llama_set_n_threads(self._context, count, count)

    def evaluate(self, slices: Sequence[Slice]) -> Sequence[Sequence[Logits]]:
        rows = self._fill_batch(slices)
        padding = self._costs.padding(self._batch.n_tokens) if self._costs else 0
        self._pad_batch(padding)
        self._decode(padded=padding > 0)
        return [[self._logits(row) for row in wanted] for wanted in rows]

    def _measure_rows(self) -> RowCosts:
        """Time batches of the sizes that matter; the first of all reads the weights in."""
        self._time_rows(BLOCK)
        return RowCosts(
            {size: min(self._time_rows(size) for _ in range(_MEASUREMENTS)) for size in MEASURED}
        )

    def _time_rows(self, count: int) -> float:
        self._batch.n_tokens = 0
        self._pad_batch(count - 1)
        self._add_row(0, count - 1, self.n_sequences, logits=True)
        started = time.perf_counter()
        self._decode(padded=True)
        self._logits(count - 1)
        return time.perf_counter() - started

    def _decode(self, *, padded: bool) -> None:
        status = llama_cpp.llama_decode(self._context, self._batch)
        if padded:
            self.truncate(self.n_sequences, 0)
        if status != 0:
            reasons = native_log.native_log.take_errors()
            raise DecodeError(f"llama_decode returned {status}. {reasons}".strip())

    def _fill_batch(self, slices: Sequence[Slice]) -> list[list[int]]:
        """Put the slices into the batch; returns the rows with logits of each."""
        self._batch.n_tokens = 0
        rows: list[list[int]] = []
        for part in slices:
            wanted = []
            for offset, token in enumerate(part.tokens):
                logits = offset >= part.logits_from
                row = self._add_row(token, part.start + offset, part.sequence, logits=logits)
                if logits:
                    wanted.append(row)
            rows.append(wanted)
        return rows

    def _pad_batch(self, count: int) -> None:
        """Add so many rows, of a sequence nobody uses."""
        for position in range(count):
            self._add_row(0, position, self.n_sequences, logits=False)

    def _add_row(self, token: int, position: int, sequence: int, *, logits: bool) -> int:
        batch, row = self._batch, int(self._batch.n_tokens)
        batch.token[row] = token
        batch.pos[row] = position
        batch.n_seq_id[row] = 1
        batch.seq_id[row][0] = sequence
        batch.logits[row] = logits
        batch.n_tokens = row + 1
        return row

    def _logits(self, row: int) -> Logits:
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self._n_vocabulary,))

    def copy(self, source: int, destination: int, length: int) -> None:
        llama_cpp.llama_memory_seq_cp(self._memory, source, destination, 0, length)

    def cut(self, sequence: int, start: int, length: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, start, start + length)
        llama_cpp.llama_memory_seq_add(self._memory, sequence, start + length, -1, -length)

    def truncate(self, sequence: int, length: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length or -1, -1)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)


def _load_code() -> None:
    native_log.native_log.take_errors()
    if not variants.load():
        reasons = native_log.native_log.take_errors() or "nothing in it runs on this processor"
        raise ModelLoadError(
            f"llama.cpp has no code for this processor in {variants.folder()} ({reasons}). Install "
            "llama-cpp-python again, built on this machine."
        )


def _check_gpu(n_gpu_layers: int) -> None:
    """llama.cpp itself would compute everything on the processor, and say nothing."""
    if n_gpu_layers and not llama_cpp.llama_supports_gpu_offload():
        raise ModelLoadError(
            f"n_gpu_layers is {n_gpu_layers}, and llama.cpp was built without support for a GPU or "
            "finds none. Install llama-cpp-python again, built for it (-DGGML_CUDA=ON), or give 0."
        )


def _load_model(path: Path, n_gpu_layers: int) -> Any:
    _check_magic(path)
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = n_gpu_layers
    parameters.use_extra_bufts = repacking_works(path)
    native_log.native_log.take_errors()
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    if not model:
        reasons = native_log.native_log.take_errors() or "no reason given"
        raise ModelLoadError(
            f"{path} cannot be loaded: it is damaged, incomplete, or of a kind that this version "
            f"of llama.cpp does not know ({reasons}). Delete it and get it again. {remedy(path)}"
        )
    if llama_cpp.llama_model_has_encoder(model):
        llama_cpp.llama_model_free(model)
        raise ModelLoadError(f"{path} is an encoder-decoder model; give a decoder-only one.")
    return model


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != b"GGUF":
        raise ModelLoadError(
            f"{path} is not a GGUF file (it begins with {magic!r}). Delete it and get it again. "
            f"{remedy(path)}"
        )


def _create_context(
    model: Any, path: Path, n_ctx: int, n_sequences: int, n_threads: int, n_threads_batch: int
) -> Any:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = n_ctx + BLOCK
    parameters.n_batch = max(n_sequences * SLICE_TOKENS + BLOCK, _MICRO_BATCH)
    parameters.n_ubatch = _MICRO_BATCH
    parameters.n_seq_max = n_sequences + 1
    parameters.n_threads = n_threads
    parameters.n_threads_batch = n_threads_batch
    # One buffer for all sequences: a beginning that several share is stored once.
    parameters.kv_unified = True
    # Models with a sliding window can be rewound only if they keep everything.
    parameters.swa_full = True
    parameters.no_perf = True
    context = llama_cpp.llama_init_from_model(model, parameters)
    if not context:
        llama_cpp.llama_model_free(model)
        raise ModelLoadError(
            f"no context of {n_ctx} tokens could be made for {path}: "
            f"{native_log.native_log.take_errors()}. Try a smaller n_ctx."
        )
    return context


def _read_metadata(model: Any) -> dict[str, str]:
    return {
        _text(llama_cpp.llama_model_meta_key_by_index, model, index): _text(
            llama_cpp.llama_model_meta_val_str_by_index, model, index
        )
        for index in range(llama_cpp.llama_model_meta_count(model))
    }


def _file_name(path: Path) -> str:
    """What the file calls itself by its place; every model of the store is a model.gguf."""
    return path.parent.name if path.name == FILE_NAME else path.stem


def _text(read: Any, model: Any, index: int) -> str:
    buffer = ctypes.create_string_buffer(256)
    length = read(model, index, buffer, len(buffer))
    if length >= len(buffer):
        buffer = ctypes.create_string_buffer(length + 1)
        read(model, index, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")
