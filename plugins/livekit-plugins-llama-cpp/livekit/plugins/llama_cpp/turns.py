"""How models mark who says what. Each function gives the text up to where the answer goes on.
Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .dialogue import Dialogue
from .errors import PromptError

Turns = Callable[[Dialogue], str]


def chatml(dialogue: Dialogue) -> str:
    """ChatML, as in Qwen2.5 and many others."""
    turns = (f"<|im_start|>{m.role}\n{m.text}<|im_end|>\n" for m in dialogue.messages)
    return f"{''.join(turns)}<|im_start|>assistant\n{dialogue.forced}"


def chatml_empty_system(dialogue: Dialogue) -> str:
    """ChatML with a system turn that says nothing, which EuroLLM was trained with."""
    return f"<|im_start|>system\n<|im_end|>\n{chatml(dialogue)}"


def gemma(dialogue: Dialogue) -> str:
    """Gemma 1 to 3: no system role, the assistant is called model."""
    names = {"user": "user", "assistant": "model"}
    folded = dialogue.with_folded_system()
    turns = (f"<start_of_turn>{names[m.role]}\n{m.text}<end_of_turn>\n" for m in folded.messages)
    return f"{''.join(turns)}<start_of_turn>model\n{dialogue.forced}"


def hunyuan_small(dialogue: Dialogue) -> str:
    """HY-MT1.5 1.8B."""
    marks = {
        "user": ("<｜hy_User｜>", "<｜hy_Assistant｜>"),
        "assistant": ("", "<｜hy_place▁holder▁no▁2｜>"),
    }
    return "<｜hy_begin▁of▁sentence｜>" + _enclosed(dialogue, marks)


def hunyuan_large(dialogue: Dialogue) -> str:
    """HY-MT1.5 7B."""
    marks = {"user": ("<|startoftext|>", "<|extra_0|>"), "assistant": ("", "<|eos|>")}
    return _enclosed(dialogue, marks)


def _enclosed(dialogue: Dialogue, marks: dict[str, tuple[str, str]]) -> str:
    folded = dialogue.with_folded_system()
    turns = (f"{marks[m.role][0]}{m.text}{marks[m.role][1]}" for m in folded.messages)
    return "".join(turns) + dialogue.forced


class Template:
    """The Jinja template that a GGUF file carries (``tokenizer.chat_template``).

    Args:
        source: the template; it is run in a sandbox.
        begin, end: text of the begin and end tokens, which some templates insert.
    """

    def __init__(self, source: str, *, begin: str = "", end: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        self._begin, self._end = begin, end
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            raise PromptError(f"the model's chat template is not valid: {error}") from error

    def __call__(self, dialogue: Dialogue) -> str:
        """Raises :class:`PromptError` for a dialogue that the template does not allow."""
        try:
            return self._render(dialogue) + dialogue.forced
        except jinja2.TemplateError:
            # Most refusals are of the system role.
            folded = dialogue.with_folded_system()
        try:
            return self._render(folded) + dialogue.forced
        except jinja2.TemplateError as error:
            raise PromptError(
                f"the model's chat template refuses these messages: {error}. Pass prompt_format= "
                "to use another format."
            ) from error

    def _render(self, dialogue: Dialogue) -> str:
        values: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.text} for m in dialogue.messages],
            "add_generation_prompt": True,
            # Reasoning models: answer at once.
            "enable_thinking": False,
            "bos_token": self._begin,
            "eos_token": self._end,
        }
        return self._template.render(values)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)
