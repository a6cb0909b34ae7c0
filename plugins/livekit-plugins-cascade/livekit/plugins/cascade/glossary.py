"""Which terms of a glossary a model is told."""

from collections.abc import Mapping

MOST_TERMS = 30
"""Of a longer glossary only what is said: a model has to read them all before the first word, and
several hundred leave no room for anything else."""


class Glossary:
    """All terms of a short glossary; of a long one those that were said.

    What was told once stays in its place while there is room, because whatever follows a change has
    to be read again. Then only what is being said is kept.

    Args:
        terms: source term to target term.
    """

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._terms = dict(terms)
        self._said: dict[str, str] = {}

    def told(self, text: str) -> Mapping[str, str]:
        """What to tell with ``text``, which is to be translated."""
        if len(self._terms) <= MOST_TERMS:
            return self._terms
        heard = text.casefold()
        now = {term: word for term, word in self._terms.items() if term.casefold() in heard}
        if new := now.keys() - self._said.keys():
            has_room = len(self._said) + len(new) <= MOST_TERMS
            kept = {term: word for term, word in self._said.items() if has_room or term in now}
            self._said = dict([*(kept | now).items()][:MOST_TERMS])
        return self._said
