"""How models are asked for a translation. Pure.

Each function rewrites a dialogue (finished sentence pairs, then the source so far) into the turns
that the model needs. For translation-only models these are the ones it was trained on, as published
by its makers; they take no instructions, so system messages are left out, and terms and background
reach Hy-MT2 through :class:`Task`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .dialogue import Dialogue, Message, plain
from .languages import base_code, chinese_name, english_name


@dataclass(frozen=True, slots=True)
class Task:
    """Languages (BCP-47) and what else is known about the translation.

    Attributes:
        glossary: source term to target term.
        background: what the talk is about.
    """

    source_language: str = ""
    target_language: str = ""
    glossary: Mapping[str, str] = field(default_factory=dict)
    background: str = ""

    @property
    def complete(self) -> bool:
        return bool(self.source_language and self.target_language)

    @property
    def involves_chinese(self) -> bool:
        return "zh" in (base_code(self.source_language), base_code(self.target_language))


Rewrite = Callable[[Dialogue, Task], Dialogue]


def general(dialogue: Dialogue, task: Task) -> Dialogue:
    """Models for any purpose: every turn says that it is a text to translate.

    Where only the instructions say so, small models answer questions and do what speakers ask of
    each other: Qwen2.5 1.5B made "Je suis un assistant virtuel." of "Who are you?". Quotation marks
    around the text come back around the answer.
    """
    target = english_name(task.target_language)
    return dialogue.with_users(lambda text: f"Say in {target}: {text}")


def _single_turn(dialogue: Dialogue, text: str) -> Dialogue:
    return replace(dialogue, messages=(Message("user", text),))


def hy_mt2(dialogue: Dialogue, task: Task) -> Dialogue:
    """Hy-MT2: finished pairs are background information."""
    pairs = [f"{source}\n{target}" for source, target in dialogue.pairs]
    background = "\n".join([*([plain(task.background)] if task.background else []), *pairs])
    instruction = _hy_mt2_instruction(task, dialogue.source, background)
    return _single_turn(dialogue, _hy_mt2_terms(task) + instruction)


def _hy_mt2_terms(task: Task) -> str:
    if not task.glossary:
        return ""
    terms = "\n".join(plain(f"{a} translates to {b}") for a, b in task.glossary.items())
    return f"Reference the following translations:\n{terms}\n\n"


def _hy_mt2_instruction(task: Task, source: str, background: str) -> str:
    target = english_name(task.target_language)
    if background:
        return (
            f"[Background Information]\n{background}\n\nPlease translate the following text into "
            f"{target}, taking the provided background information into consideration.\n\n"
            f"[Source Text]\n{source}"
        )
    if task.involves_chinese:
        return (
            f"将以下文本翻译为 {chinese_name(task.target_language)}，"
            f"注意只需要输出翻译后的结果，不要额外解释：\n\n{source}"
        )
    return (
        f"Translate the following text into {target}. Note that you should only output the "
        f"translated result without any additional explanation:\n\n{source}"
    )


def hy_mt1_5(dialogue: Dialogue, task: Task) -> Dialogue:
    """HY-MT1.5: the sources of finished pairs are the context, which is not translated again."""
    source = dialogue.source
    target = chinese_name(task.target_language)
    if dialogue.pairs:
        context = "\n".join(finished for finished, _ in dialogue.pairs)
        text = (
            f"{context}\n参考上面的信息，把下面的文本翻译成{target}，"
            f"注意不需要翻译上文，也不要额外解释：\n{source}"
        )
    elif task.involves_chinese:
        text = f"将以下文本翻译为{target}，注意只需要输出翻译后的结果，不要额外解释：\n\n{source}"
    else:
        text = (
            f"Translate the following segment into {english_name(task.target_language)}, "
            f"without additional explanation.\n\n{source}"
        )
    return _single_turn(dialogue, text)


def translategemma(dialogue: Dialogue, task: Task) -> Dialogue:
    """TranslateGemma: every turn carries the whole instruction."""
    source, target = english_name(task.source_language), english_name(task.target_language)
    instruction = (
        f"You are a professional {source} ({task.source_language}) to {target} "
        f"({task.target_language}) translator. Your goal is to accurately convey the meaning and "
        f"nuances of the original {source} text while adhering to {target} grammar, vocabulary, "
        f"and cultural sensitivities.\nProduce only the {target} translation, without any "
        f"additional explanations or commentary. Please translate the following {source} text "
        f"into {target}:\n\n\n"
    )
    return dialogue.without_system().with_users(lambda text: instruction + text)


def eurollm(dialogue: Dialogue, task: Task) -> Dialogue:
    """EuroLLM-Instruct: every turn carries the whole instruction."""
    source, target = english_name(task.source_language), english_name(task.target_language)
    return dialogue.without_system().with_users(
        lambda text: (
            f"Translate the following {source} source text to {target}:\n"
            f"{source}: {text} \n{target}: "
        )
    )
