"""Which tokens a language is never written with. Pure.

A small multilingual model slips into another script where it lacks a word ("in the蛮荒时代"), and
goes on in it. Only what no other language needs is refused: Chinese and Japanese characters with
their marks, and Korean ones.
"""

import re
from functools import lru_cache

from .languages import base_code

# Encoded, all from U+3000 to U+9FFF begins with one of these bytes, which occur nowhere else.
_HAN_AND_KANA = re.compile(rb"[\xe3-\xe9]")
_WIDE = re.compile("[\uf900-\ufaff\uff01-\uffee]")
_HANGUL = re.compile(rb"[\xeb\xec]|\xea[\xb0-\xbf]|\xed[\x80-\x9e]")
# Japanese, Chinese and, by their own codes, what else Chinese stands for.
_WRITTEN_WITH_HAN = frozenset(
    "ja zh cdo chi cjy cpx czh czo gan hak hsn lzh mnp nan wuu yue".split()
)


@lru_cache(maxsize=1 << 16)
def is_foreign(piece: bytes, language: str) -> bool:
    """Whether a token, which may be part of a character, is of a script foreign to ``language``
    (BCP-47)."""
    base = base_code(language)
    if base != "ko" and _HANGUL.search(piece):
        return True
    if base in _WRITTEN_WITH_HAN:
        return False
    return bool(_HAN_AND_KANA.search(piece) or _WIDE.search(piece.decode(errors="ignore")))
