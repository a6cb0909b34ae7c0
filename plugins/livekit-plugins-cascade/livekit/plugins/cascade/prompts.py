"""The words that make a general language model interpret. Pure."""

from collections.abc import Mapping, Sequence

from livekit.agents import LanguageCode

from .text import base_language
from .types import SentencePair

# One neutral opening in each language. As the first finished pair it shows the model the form
# wanted (SimulStreaming primes its translator the same way).
_OPENINGS: Mapping[str, str] = {
    "ar": "صباح الخير جميعًا، وشكرًا لحضوركم.",
    "de": "Guten Morgen zusammen, und danke, dass Sie gekommen sind.",
    "en": "Good morning, everyone, and thank you for coming.",
    "es": "Buenos días a todos y gracias por venir.",
    "fr": "Bonjour à tous, et merci d'être venus.",
    "hi": "सभी को सुप्रभात, और आने के लिए धन्यवाद।",
    "it": "Buongiorno a tutti e grazie di essere venuti.",
    "ja": "皆さん、おはようございます。お越しいただきありがとうございます。",
    "ko": "여러분, 안녕하세요. 와 주셔서 감사합니다.",
    "nl": "Goedemorgen allemaal, en bedankt voor jullie komst.",
    "pl": "Dzień dobry wszystkim i dziękuję za przybycie.",
    "pt": "Bom dia a todos e obrigado por virem.",
    "ru": "Доброе утро всем, и спасибо, что пришли.",
    "tr": "Herkese günaydın ve geldiğiniz için teşekkürler.",
    "uk": "Доброго ранку всім, і дякую, що прийшли.",
    "zh": "大家早上好，感谢各位的到来。",
}


def _language_name(language: str) -> str:
    """English name of a BCP-47 language, "Spanish" for "es-MX"."""
    code = LanguageCode(language)
    return (code.to_language_name() or code.language).title()


def system_prompt(
    source_language: str,
    target_language: str,
    *,
    domain: str,
    glossary: Mapping[str, str],
) -> str:
    """Instructions of the interpreter, with the subject and fixed terms if there are any."""
    source, target = _language_name(source_language), _language_name(target_language)
    lines = [
        f"You are a simultaneous interpreter from {source} to {target}. Translate only what you "
        f"hear; the sentence may be unfinished. Output only the {target} translation."
    ]
    if domain:
        lines.append(f"Subject: {domain}")
    if glossary:
        terms = "; ".join(f"{term} = {translation}" for term, translation in glossary.items())
        lines.append(f"Use these terms: {terms}")
    return "\n".join(lines)


def opening_pair(source_language: str, target_language: str) -> Sequence[SentencePair]:
    """The pair that stands in for context at the start; none where we know no such sentence."""
    source = _OPENINGS.get(base_language(source_language))
    target = _OPENINGS.get(base_language(target_language))
    return [SentencePair(source, target)] if source and target else []
