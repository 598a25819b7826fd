"""Turns a message into signs, one per phrase, so that every language has the same grammar.

`ok, please post it 4821 thanks` becomes `k,pao#t`. The longest phrase wins: `looks good to me` is a
single one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import NamedTuple

from domain.conversation.numbers import is_number
from domain.identifiers import CANDIDATE_ID
from domain.reading.folding import folded, without_accents
from domain.reading.words import CHEER, ENGLISH, FINE_EMOJI, NO_EMOJI, YES_EMOJI, Language

SIGNS = {
    "approve": "a",
    "approve_object": "A",
    "approve_noun": "P",
    "skip": "s",
    "skip_object": "S",
    "yes": "y",
    "no": "n",
    "never": "z",
    "fine": "k",
    "poor": "d",
    "edit": "e",
    "change": "c",
    "into": "l",
    "instead": "i",
    "redo": "r",
    "please": "p",
    "thanks": "t",
    "before": "b",
    "before_verb": "v",
    "after": "f",
    "unchanged": "=",
    "objects": "o",
    "everything": "@",
    "places": "j",
    "naming": "x",
    "conjunctions": "&",
    "regret": "u",
    "stands": "g",
    "asks_whether_posted": "G",
    "help": "h",
    "list_open": "L",
    "show": "m",
    "hedges": "q",
    "later": "Q",
}
"""The sign that stands for the phrases of each field of Language."""
EMOJI_SIGNS = {"Y": YES_EMOJI, "N": NO_EMOJI, "k": FINE_EMOJI, "*": CHEER}
UNKNOWN, _NAME = "w", "#"
_MARKS = {",": ",", ".": ".", "!": ".", ":": ":", "?": "?", **dict.fromkeys(";-\u2013\u2014", ";")}

_NAMING_WORD = re.compile(rf"""[#(\[<*"“`]*(?P<name>{CANDIDATE_ID})[)\]>*"”`]*(?P<marks>[,;:.!?]*)""")
_JOINED = re.compile(
    r"(?:(?P<word>[^\W\d_]{2,20})[-_.:=/#\u2013\u2014\u2192]{0,2}(?P<name>\d{4,12})"
    r"|#?(?P<first>\d{4,12})[-_.:=/\u2013\u2014\u2192]{0,2}(?P<then>[^\W\d_]{2,20}))(?P<marks>[,;:.!?]*)"
)
"""`yes4821`, `4821-yes`: a word and a number without a space between them."""
_CAN_BE_JOINED = set("aesynrk")
_BEFORE_A_NAME = set("aAPsSecrmx")
"""After these signs a name follows, so `skip4821` might be an id."""
_NUMBER_SIGN = re.compile(r"(?:#|\u2116)\s*(?=\d)")
_WORD = re.compile(r"(?P<word>.*?)(?P<marks>[,.;:!?]*)")
_TELLS_AN_ID = re.compile(r"[0-9_]")
"""Characters that no word has. An id without them is known only where a command needs one: `approve
launchday`."""
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
"""`yessss`, `nooo`."""
_GLUED = re.compile(r"(?<=\w)([,;&+])(?=[\w#])")
_NAMES = re.compile(r"#(?:[,;]?&?#)*")


@dataclass(frozen=True)
class Phrases:
    """A message's signs; `groups` are the numbers and ids that each `#` represents."""

    signs: str
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every number and id, once each."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))

    @property
    def only_name(self) -> str | None:
        return self.names[0] if len(self.names) == 1 else None


@dataclass(frozen=True)
class Table:
    """The sign of each phrase; the phrases are folded."""

    signs: Mapping[str, str]

    @cached_property
    def most_words(self) -> int:
        return 1 + max(phrase.count(" ") for phrase in self.signs)


class _Token(NamedTuple):
    """A word, or the sign of a mark or of a name."""

    word: str
    sign: str = ""
    name: str = ""


def phrases(text: str, language: Language) -> Phrases:
    """Recognizes the phrases of a message, or of its beginning."""
    table = table_of(language)
    tokens = list(_tokens(_GLUED.sub(r"\1 ", folded(_NUMBER_SIGN.sub("#", text))), table))
    signs, names = "".join(_signs(tokens, table)), iter([token.name for token in tokens if token.name])
    groups = (tuple(islice(names, group[0].count(_NAME))) for group in _NAMES.finditer(signs))
    return Phrases(_NAMES.sub(_NAME, signs), tuple(groups))


@cache
def table_of(language: Language) -> Table:
    """Returns the phrases of a language, with and without accents, and the English ones.

    If a phrase without its accents is another phrase of the language, it means that other phrase.
    """
    foreign = {written(phrase) for phrase in language.not_english}
    english = {phrase: sign for phrase, sign in _phrases_of(ENGLISH) if phrase not in foreign}
    emoji = {written(phrase): sign for sign, every in EMOJI_SIGNS.items() for phrase in every}
    own = dict(_phrases_of(language))
    plain = {without_accents(phrase): sign for phrase, sign in own.items()}
    return Table(plain | emoji | english | own)


def written(phrase: str) -> str:
    """Folds a phrase as the table does."""
    return folded(phrase).casefold()


def _phrases_of(language: Language) -> Iterator[tuple[str, str]]:
    return ((written(phrase), sign) for field, sign in SIGNS.items() for phrase in getattr(language, field))


def _tokens(text: str, table: Table) -> Iterator[_Token]:
    before = ""
    for chunk in text.split():
        known = chunk.casefold()
        if known in table.signs:
            yield _Token(known)
        elif known in _MARKS:
            yield _Token("", _MARKS[known])
        elif before not in _BEFORE_A_NAME and (joined := _joined(chunk, table)):
            yield from joined
        elif (match := _NAMING_WORD.fullmatch(chunk)) and (name := _name(match["name"])):
            yield _Token("", _NAME, name)
            yield from (_Token("", _MARKS[mark]) for mark in match["marks"])
        elif match := _WORD.fullmatch(chunk):
            yield _Token(_DRAWN_OUT.sub(r"\1", match["word"].casefold()))
            yield from (_Token("", _MARKS[mark]) for mark in match["marks"])
        before = table.signs.get(known, "")


def _joined(chunk: str, table: Table) -> list[_Token] | None:
    """Separates a known word from the number that follows or precedes it."""
    match = _JOINED.fullmatch(chunk)
    number = match and (match["name"] or match["first"])
    if match is None or number is None or not is_number(number):
        return None
    word = _DRAWN_OUT.sub(r"\1", (match["word"] or match["then"]).casefold())
    if table.signs.get(word) not in _CAN_BE_JOINED:
        return None
    pair = [_Token(word), _Token("", _NAME, number)]
    return [*(pair if match["word"] else reversed(pair)), *(_Token("", _MARKS[mark]) for mark in match["marks"])]


def _name(text: str) -> str | None:
    """Reads a number or an id.

    A full stop after a number ends the sentence; after an id it might belong to the id.
    """
    if is_number(number := text.rstrip(".")):
        return number
    return text if _TELLS_AN_ID.search(text) else None


def _signs(tokens: Sequence[_Token], table: Table) -> Iterator[str]:
    """Yields the signs of the longest phrases; no phrase contains a mark."""
    start = 0
    while start < len(tokens):
        if tokens[start].sign:
            yield tokens[start].sign
            start += 1
            continue
        length, sign = _longest(tokens[start : start + table.most_words], table)
        yield sign
        start += length


def _longest(tokens: Sequence[_Token], table: Table) -> tuple[int, str]:
    for length in range(len(tokens), 0, -1):
        words = [token.word for token in tokens[:length]]
        if all(words) and (sign := table.signs.get(" ".join(words))):
            return length, sign
    return 1, UNKNOWN if tokens[0].word else ""
