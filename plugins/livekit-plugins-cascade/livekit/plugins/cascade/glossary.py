"""Which terms of a glossary a model is told."""

import unicodedata
from collections.abc import Mapping

MOST_TERMS = 60
"""Of a longer glossary only what is said: several hundred terms leave a model no room for anything
else. As long as there is room all are better, since they are read once, before anybody speaks."""


class Glossary:
    """All terms of a short glossary; of a long one those that were said.

    What was told once stays in its place while there is room, because whatever follows a change has
    to be read again. Then only what is being said is kept.

    Args:
        terms: source term to target term.

    Raises:
        ValueError: it is something else.
    """

    def __init__(self, terms: Mapping[str, str]) -> None:
        if not _are_terms(terms):
            raise ValueError("glossary has to be a mapping of strings to strings")
        self._terms = dict(terms)
        self._stems = {term: tuple(map(_stem, _plain(term).split())) for term in terms}
        self._said: dict[str, str] = {}

    def told(self, text: str) -> Mapping[str, str]:
        """What to tell with ``text``, which is to be translated."""
        if len(self._terms) <= MOST_TERMS:
            return self._terms
        heard = _plain(text)
        now = {
            term: word
            for term, word in self._terms.items()
            if all(stem in heard for stem in self._stems[term])
        }
        if new := now.keys() - self._said.keys():
            has_room = len(self._said) + len(new) <= MOST_TERMS
            kept = {term: word for term, word in self._said.items() if has_room or term in now}
            self._said = dict([*(kept | now).items()][:MOST_TERMS])
        return self._said


def _are_terms(terms: object) -> bool:
    if not isinstance(terms, Mapping):
        return False
    return all(isinstance(text, str) for text in (*terms, *terms.values()))


def _plain(text: str) -> str:
    """As the same is written by whoever made the glossary and by the recogniser."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _stem(word: str) -> str:
    """What stays where it is inflected, roughly: "polic" of "policy"; one too many does no harm."""
    return word[: len(word) - len(word) // 5]
