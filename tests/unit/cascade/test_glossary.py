"""Which terms of a long glossary are said."""

from typing import Any

import pytest

from livekit.plugins.cascade.glossary import MOST_TERMS, Glossary

pytestmark = pytest.mark.unit

OTHERS = {f"unsaid {number:03}": "" for number in range(MOST_TERMS)}


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("policy", "Our policies are new."),
        ("cafe\u0301", "In the caf\u00e9."),
        ("don't know", "I don\u2019t know."),
        ("board member", "The board has members."),
    ],
)
def test_written_otherwise(term: str, said: str) -> None:
    assert dict(Glossary({**OTHERS, term: "x"}).told(said)) == {term: "x"}


@pytest.mark.parametrize("terms", ["abc", ["ab"], {"mill": 7}, {7: "molino"}])
def test_what_is_no_glossary_is_refused_by_name(terms: Any) -> None:
    with pytest.raises(ValueError, match="glossary has to be a mapping of strings to strings"):
        Glossary(terms)
