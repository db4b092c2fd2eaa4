"""How names are written and folded so that what a caller says and what the map holds meet. Pure."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

NUMBER_SIGNS = "号號"
LONGEST = 120  # folded characters; names in a map are far below, a longer question is none


def fold(text: str) -> str:
    """`text` in lower case without accents, spaces and signs: only letters and digits of any script are left."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if c.isalnum()))


def is_chinese(text: str) -> bool:
    """Whether `text` has a Chinese character."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def pinyin(text: str) -> str:
    """Full pinyin without tones, the default reading of each character: 码头北路 → matoubeilu."""
    return fold("".join(lazy_pinyin(text)))


def initials(text: str) -> str:
    """First letters: 码头北路 → mtbl, 银杏街12号 → yxj12h, Boulevard des Moulins 12 → bdm12."""
    if is_chinese(text):
        return fold("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))
    return fold("".join(word if word.isdigit() else word[:1] for word in re.findall(r"\w+", text)))


def address(street: str, number: str) -> str:
    """An address as it is written where the street is: 银杏街12号, but 12 Boulevard des Moulins."""
    if not street:
        return number
    if not is_chinese(street):
        return f"{number} {street}"
    return f"{street}{number}号" if number[-1:].isalnum() and number[-1] not in NUMBER_SIGNS else f"{street}{number}"


def without_sign(folded: str) -> str:
    """A folded address without the sign after its number, so that 银杏街12 and 银杏街12号 are the same."""
    return re.sub(rf"(?<=\d)[{NUMBER_SIGNS}]$", "", folded)


def number_last(text: str) -> str:
    """`12 Boulevard des Moulins` → `Boulevard des Moulins 12`; anything else as it is."""
    found = re.fullmatch(r"\s*(\d+\w{0,3})[\s,]+(\D.*)", text)
    return f"{found[2]} {found[1]}" if found else text


def edits(short: str, long: str) -> int:
    """How many characters of `short` are wrong, missing or too many against the part of `long` that fits it best."""
    row = [0] * (len(long) + 1)
    for i, a in enumerate(short, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(long, start=1):
            before, row[j] = row[j], min(before + (a != b), row[j] + 1, row[j - 1] + 1)
    return min(row)
