"""Turkish typed on another keyboard: gives the words of the lists their letters back ("yaklasik 25 bin kisi").

Only a text without any letter of its own (ö, ü, ş, ç, ğ, ı, İ) is touched, only in its folded twin, and letter for
letter, so every position stays what it was.
"""

from __future__ import annotations

import functools
import re

from idlibgeo.reports.lexicon import lexicon
from idlibgeo.reports.text import fold

_OWN_LETTERS = frozenset("öüşçğıÖÜŞÇĞİ")
_PLAIN = str.maketrans("öüşçğ", "ouscg")
_WORD = re.compile(r"[a-zöüşçğ]{2,24}")
# A shorter beginning says too little about the letters of a word.
_SHORTEST_STEM = 4


def give_letters_back(text: str, folded: str) -> str:
    """Give the folded twin of a Turkish text with its letters; unchanged where the text has letters of its own.

    >>> give_letters_back("Yaklasik 25 bin kisi kacti", fold("Yaklasik 25 bin kisi kacti"))
    'yaklaşik 25 bin kişi kaçti'
    """
    if not _OWN_LETTERS.isdisjoint(text):
        return folded
    return _WORD.sub(lambda match: _restored(match.group()), folded)


@functools.cache
def _spellings() -> dict[str, str]:
    """Give for each word without its letters the one with them; where both are words the text is believed."""
    rows = [row for row in lexicon("tr").rows if row["class"] not in ("name_stop", "telltale")]
    known = {word for row in rows for word in _WORD.findall(fold(row["words"]))}
    return {word.translate(_PLAIN): word for word in sorted(known) if word.translate(_PLAIN) not in known}


@functools.lru_cache(maxsize=20_000)
def _restored(word: str) -> str:
    spellings = _spellings()
    for end in range(len(word), _SHORTEST_STEM - 2, -1):
        if end < _SHORTEST_STEM and end < len(word):
            break
        if (found := spellings.get(word[:end])) is not None:
            return found + word[end:]
    return word
