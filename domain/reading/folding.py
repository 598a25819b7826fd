"""Folds variants of the same text: forms of letters, digits, white space, invisible characters."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
"""Joiners, directions, variants and the skin tones of emoji."""
_ACUTE = "\u00b4"
"""An apostrophe on some keyboards; its compatibility form contains a space."""
_APOSTROPHE = re.compile("(?<=[^\\W\\d_])['\u2018\u2019\u02bc`](?=[^\\W\\d_])")
_THOUSANDS = re.compile(r"(?<![\w.,\-])(\d),(\d{3})(?![\w,])")
_DIGIT = re.compile(r"\d")
_SYMBOL = re.compile("([\u2600-\u27bf\U0001f000-\U0001faff]|(?<=\\w)[:;]-?\\)(?!\\S))")
"""Emoji, and a smiley at the end of a word."""
_PAIRS = {
    *('""', "''", "**", "``", "()", "[]", "<>", "{}", "\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a", "\u203a\u2039"),
    *("\u201c\u201d", "\u201d\u201d", "\u201e\u201c", "\u201e\u201d", "\u2018\u2019", "\u2019\u2019", "\u201a\u2018"),
    *("\u201a\u2019", "\u300c\u300d", "\u300e\u300f"),
}
_TRAILING = ".!, "


def folded(text: str) -> str:
    """Folds everything but case, which counts in ids.

    Words are one space apart, and each emoji is a word. `don't` becomes `dont`; `4,821`, as
    dictation writes it, becomes 4821.
    """
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text.replace(_ACUTE, "'")))
    plain = _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), _INVISIBLE.sub("", plain))
    plain = _SYMBOL.sub(r" \1 ", _APOSTROPHE.sub("", plain))
    return _THOUSANDS.sub(r"\1\2", " ".join(plain.split()))


def unwrapped(text: str) -> str:
    """Removes one pair of quotation marks, asterisks or brackets around the whole text."""
    inner = text.strip()
    closed = inner.rstrip(_TRAILING)
    return closed[1:-1].strip() if closed[:1] + closed[1:][-1:] in _PAIRS else inner


def without_accents(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain)
