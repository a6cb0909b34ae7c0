"""What a talk is about and the terms in it: from the settings, and from a room's metadata. Pure."""

import json
from collections.abc import Sequence
from typing import Self

from livekit.agents import LanguageCode
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .config import LONGEST_DOMAIN, Language, Settings
from .routing import same_language

KEY = "interpreter"
"""Of the object in a room's metadata that is for the interpreter."""


class Terms(BaseModel):
    """For recognition and translation.

    Attributes:
        keyterms: names and terms to expect, written as they are to come out.
        glossary: by target language, source term to target term.
        domain: what the talk is about, a line for the translator.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keyterms: tuple[str, ...] = ()
    glossary: dict[Language, dict[str, str]] = Field(default_factory=dict)
    domain: str = Field(default="", max_length=LONGEST_DOMAIN)

    def expected(self, spoken: str | None) -> tuple[str, ...]:
        """What recognition expects: key terms, and what the glossary translates.

        What it translates into the language that is spoken itself is said by others.

        Args:
            spoken: language of the speaker; None while it is not known.
        """
        translated = (
            term
            for language, terms in self.glossary.items()
            if spoken is None or not same_language(spoken, language)
            for term in terms
        )
        return tuple(dict.fromkeys((*self.keyterms, *translated)))

    def glossary_into(self, language: str) -> dict[str, str]:
        """The terms into a language; those of its region go before those of the language."""
        general = self.glossary.get(LanguageCode(language).language, {})
        return {**general, **self.glossary.get(language, {})}

    def over(self, general: Self) -> Self:
        """These, and behind them more general ones."""
        languages = {*general.glossary, *self.glossary}
        return self.model_copy(
            update={
                "keyterms": (*self.keyterms, *general.keyterms),
                "glossary": {
                    language: general.glossary.get(language, {}) | self.glossary.get(language, {})
                    for language in sorted(languages)
                },
                "domain": self.domain or general.domain,
            }
        )


def terms_of(settings: Settings) -> Terms:
    """Those that go for every room."""
    options = settings.translation
    return Terms(keyterms=settings.stt.keyterms, glossary=options.glossary, domain=options.domain)


def terms_of_room(metadata: str, before: Terms) -> tuple[Terms, tuple[str, ...]]:
    """Those in a room's metadata, a JSON object with one named :data:`KEY` in it.

    Metadata that is something else is somebody else's, and has none.

    Args:
        before: what the room had; a field that is wrong now stays so.

    Returns:
        Them, and for each fault where it is; the text never quotes terms.
    """
    try:
        found = json.loads(metadata or "{}")
    except ValueError:
        return Terms(), ()
    if not isinstance(found, dict) or KEY not in found:
        return Terms(), ()
    given = found[KEY]
    try:
        return Terms.model_validate(given), ()
    except ValidationError as error:
        faults = error.errors()
    if not isinstance(given, dict):
        return before, _told(faults)
    wrong = {fault["loc"][0] for fault in faults}
    right = Terms.model_validate({name: given[name] for name in given if name not in wrong})
    kept = {name: value for name, value in before if name in wrong}
    return right.model_copy(update=kept), _told(faults)


def _told(faults: Sequence[ErrorDetails]) -> tuple[str, ...]:
    # Deeper than the language are the terms themselves.
    return tuple(
        f"{'.'.join(map(str, (KEY, *fault['loc'][:2])))}: {fault['msg']}" for fault in faults
    )
