"""From a dialogue to the text that the model reads. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import translation, turns
from .conversation import Conversation
from .dialogue import Dialogue
from .errors import PromptError
from .translation import Rewrite, Task
from .turns import Template, Turns


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """How one family of models is prompted.

    Attributes:
        turns: marks who says what.
        end_markers: control tokens that end an answer, besides those the file declares.
        rewrite: for translation-only models, which need the languages; others are asked by
            :func:`.translation.general` where the languages are given, and else as they are.
    """

    name: str
    turns: Turns
    end_markers: tuple[str, ...] = ()
    rewrite: Rewrite | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt.

    Attributes:
        text: ends with the forced beginning of the answer, without white space at its end: a
            model continues a word boundary with " word", and rarely well after a lone space.
        skip_space: white space was taken off there, so the answer's own has to go.
        conversation: for comparing with other prompts.
    """

    text: str
    skip_space: bool
    conversation: Conversation


_CHATML_ENDS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
_GEMMA_ENDS = ("<end_of_turn>",)
_HY_SMALL_ENDS = ("<｜hy_place▁holder▁no▁2｜>",)
_HY_LARGE_ENDS = ("<|eos|>",)

FORMATS: Mapping[str, PromptFormat] = {
    f.name: f
    for f in (
        PromptFormat("chatml", turns.chatml, _CHATML_ENDS),
        PromptFormat("gemma", turns.gemma, _GEMMA_ENDS),
        PromptFormat("translategemma", turns.gemma, _GEMMA_ENDS, translation.translategemma),
        PromptFormat("eurollm", turns.chatml_empty_system, _CHATML_ENDS, translation.eurollm),
        PromptFormat("hy-mt2", turns.hunyuan_small, _HY_SMALL_ENDS, translation.hy_mt2),
        PromptFormat("hy-mt1.5-1.8b", turns.hunyuan_small, _HY_SMALL_ENDS, translation.hy_mt1_5),
        PromptFormat("hy-mt1.5-7b", turns.hunyuan_large, _HY_LARGE_ENDS, translation.hy_mt1_5),
    )
}
TEMPLATE = "template"
_GEMMA_ARCHITECTURES = ("gemma", "gemma2", "gemma3", "gemma3n")


def choose_format(
    metadata: Mapping[str, str], name: str, wanted: str | None = None
) -> PromptFormat:
    """The format of a model.

    Args:
        metadata: the GGUF file's key-value pairs.
        name: the model's name, where its family shows.
        wanted: a name in :data:`FORMATS` or ``"template"``; None to recognise it.

    Raises:
        ValueError: no such format, or none could be recognised.
    """
    chosen = wanted or _recognise(metadata, name)
    if chosen == TEMPLATE:
        return PromptFormat(TEMPLATE, _template(metadata))
    if chosen not in FORMATS:
        known = ", ".join([*FORMATS, TEMPLATE])
        raise ValueError(
            f"prompt_format {chosen!r} is unknown; known are {known}"
            if chosen
            else f"{name} has no chat template and is of no known family; pass prompt_format= "
            f"with one of {known}"
        )
    return _with_own_turns(FORMATS[chosen], metadata)


def _with_own_turns(found: PromptFormat, metadata: Mapping[str, str]) -> PromptFormat:
    """Hy-MT2's sizes differ in their turn markers, so the file's template is preferred there."""
    if found.name != "hy-mt2" or "tokenizer.chat_template" not in metadata:
        return found
    ends = (*_HY_SMALL_ENDS, *_HY_LARGE_ENDS)
    return PromptFormat(found.name, _template(metadata), ends, found.rewrite)


def _template(metadata: Mapping[str, str]) -> Template:
    source = metadata.get("tokenizer.chat_template")
    if not source:
        raise ValueError(
            "the model file carries no chat template; pass prompt_format= with one of "
            f"{', '.join(FORMATS)}"
        )
    return Template(
        source,
        begin=metadata.get("tokenizer.begin", ""),
        end=metadata.get("tokenizer.end", ""),
    )


def _recognise(metadata: Mapping[str, str], name: str) -> str:
    architecture = metadata.get("general.architecture", "")
    template = metadata.get("tokenizer.chat_template", "")
    known = f"{name} {metadata.get('general.basename', '')}".lower()
    known = known.replace("_", "-").replace(" ", "-")
    if "hy-mt2" in known or "hunyuan-mt2" in known:
        return "hy-mt2"
    if "hy-mt" in known or "hunyuan-mt" in known:
        return "hy-mt1.5-7b" if "7b" in known or "<|extra_0|>" in template else "hy-mt1.5-1.8b"
    for family in ("translategemma", "eurollm"):
        if family in known:
            return family
    if architecture in _GEMMA_ARCHITECTURES and template:
        return "gemma"
    if architecture == "qwen2" and "<think>" not in template:
        return "chatml"
    return TEMPLATE if template else ""


def render(form: PromptFormat, dialogue: Dialogue, task: Task) -> Prompt:
    """The prompt for a dialogue.

    Raises:
        PromptError: the model needs the languages and they were not given, or its template
            refuses the messages.
    """
    if form.rewrite and not task.complete:
        raise PromptError(
            f"a model prompted as {form.name} only translates and has to know the languages: pass "
            'extra_kwargs={"source_language": "en", "target_language": "es"} to chat()'
        )
    forced = dialogue.forced.rstrip()
    shown = Dialogue(dialogue.messages, forced)
    if form.rewrite:
        shown = form.rewrite(shown, task)
    elif task.complete:
        shown = translation.general(shown, task)
    languages = f"{task.source_language}\x1f{task.target_language}\x1f"
    pairs = dialogue.pairs
    return Prompt(
        text=form.turns(shown),
        skip_space=forced != dialogue.forced,
        conversation=Conversation(
            head=f"{languages}{dialogue.head}",
            source=dialogue.source,
            forced=forced,
            instructions=f"{languages}{dialogue.system}",
            previous=pairs[-1][0] if pairs else "",
        ),
    )
