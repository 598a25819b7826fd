"""The rules for the order of phrases, in every language; a whole message must match one of them.

Several whole commands can follow each other if each has a name.

The patterns read the signs of domain/reading/phrases.py: `a` a verb that approves, `o` its object,
`#` names, `,` a comma, `.` a full stop or `!`, `;` a dash. So `#,y` is "4821, yes".
"""

import re

from domain.decision import Outcome, Verdict
from domain.reading.phrases import SIGNS, Phrases
from domain.reading.requests import (
    All,
    Command,
    Decide,
    EditHow,
    Help,
    Kind,
    ListOpen,
    Regret,
    ShowPrompt,
    Stands,
    Thanks,
    Unsure,
)

_END = "[.,]*"
FIRST = "(?:#[,:;]?)?"
"""A name before the command: `4821: yes`."""
NAMES = "(?:[,.:;]{0,3}(?:x[.:]?){0,2}#)?"
"""A name after the command: `yes to number 4821`."""
_ALL = "[,:;]?x?@"

_BEFORE_YES, _BEFORE_NO = "(?:[yYktbpv][,.;]*){0,5}", "(?:[ydnNktbpv][,.;]*|z[,.;]+){0,5}"
_AFTER_YES, _AFTER_NO = "(?:[,.;]*[ptf=yYk*]){0,4}", "(?:[,.;]*[ptfN]){0,4}"
_NAMES_OF_YES, _NAMES_OF_NO = "(?:,?[ptf=Y*]){0,3}" + NAMES, "(?:,?[ptfN]){0,3}" + NAMES
_APPROVE = "(?:ao?|[AP]o|A(?=x{0,2}[#@])|(?<![kt])P(?!k))(?:[&,.;]?[aP]o?)?"
_SKIP = "(?:so?|So|S(?=x{0,2}[#@]))"
_YES, _NO = "(?:[kYtbpo][,.;]*){0,3}y(?:[,.;]*[ykY]){0,3}", "(?:[bNo][,.;]*){0,2}[nz](?:[,.;]*[nzN]){0,3}"
_EMOJI_YES = "(?:[kt][,.;]*)?Y{1,6}"
_FINE = "(?:[bkto][,.;]*){0,3}k"

_JUDGEMENTS = tuple(
    (outcome, kind, re.compile(FIRST + pattern + _END))
    for outcome, kind, pattern in (
        (Outcome.APPROVED, Kind.VERB, _BEFORE_YES + _APPROVE + _NAMES_OF_YES + _AFTER_YES),
        (Outcome.REJECTED, Kind.VERB, _BEFORE_NO + _SKIP + _NAMES_OF_NO + _AFTER_NO),
        (Outcome.APPROVED, Kind.ANSWER, _YES + "(?:,?x?o)?" + _NAMES_OF_YES + _AFTER_YES),
        # No verdict: "no thanks"; "no, 4821", which might correct a number; "looks good, no",
        # which might ask.
        (Outcome.REJECTED, Kind.ANSWER, _NO + "(?:xo)?(?::?x{0,2}#[ptf]{0,2})?N{0,3}"),
        (Outcome.APPROVED, Kind.EMOJI, _EMOJI_YES + "(?:,?[kpt*]){0,3}" + NAMES + "(?:[,.;]*[kpt*]){0,3}"),
        (Outcome.REJECTED, Kind.EMOJI, "N{1,6}" + NAMES),
        (Outcome.APPROVED, Kind.ACKNOWLEDGEMENT, _FINE + "(?:xo)?(?:,?[ftp*]){0,3}" + NAMES + "(?:[,.;]*[ftp*]){0,3}"),
        (Outcome.REJECTED, Kind.ACKNOWLEDGEMENT, "b?d" + NAMES + "f?"),
    )
)
_OF_ALL = tuple(
    (outcome, re.compile(pattern + _END))
    for outcome, pattern in (
        (Outcome.APPROVED, _BEFORE_YES + f"(?:{_APPROVE}|[yYk])" + _ALL + _AFTER_YES),
        (Outcome.APPROVED, "@[,:;]?" + _BEFORE_YES + "(?:[aP]o?|[yY])" + _AFTER_YES),
        (Outcome.REJECTED, _BEFORE_NO + f"(?:{_SKIP}|[nzN])" + _ALL + _AFTER_NO),
        (Outcome.REJECTED, "@[,:;]?" + _BEFORE_NO + "(?:so?|[nzN])" + _AFTER_NO),
        (Outcome.APPROVED, "@(?:,?[ptf]){0,3}"),
    )
)
_NAME_LAST = re.compile("[^#]*#")
_NAME_FIRST = re.compile("#[^#]*")
_BETWEEN = ",.;&"
_VERDICTS_ALONE = re.compile("[aAPsSyYnNzkdptbvfxou&@#=*,.;:?]*")
_OUTCOME = re.compile("(?P<yes>[aAPyYk])|[sSnNzd]")
_REGRET = re.compile(FIRST + "(?:[nzkbt][,.;]*){0,2}u(?:[,.;]*[unpb]){0,3}" + NAMES + _END)
_STANDS = re.compile("(?:[bp],?){0,3}(?:gx{0,2}#|G)(?:,?[ptf]){0,3}[?.,]*")
_BEFORE_EDIT = "(?:(?:[pbkyt][,.;]*){0,4}|(?:[pbt][,.;]*){0,4}" + FIRST + ")"
_EDIT_HOW = re.compile(_BEFORE_EDIT + "[eci]o?" + NAMES + "(?:,?[ptf]){0,3}[?.,:]*")
_LIST = re.compile("(?:[pb],?){0,3}L(?:,?[ptf@]){0,3}[?.,]*")
_SHOW = re.compile("(?:[pb],?){0,3}[mL]o?" + NAMES + "(?:,?[ptf]){0,3}[?.,]*|#[,:;]?m?[?.,]*")
_HELP = re.compile(r"(?:[bp],?){0,3}h(?:,?[pt]){0,3}[?.,]*|\?{1,9}")
_THANKS = re.compile("(?:[bt*][,.]*){0,5}t(?:[,.]*[t*]){0,5}" + NAMES + _END)


def sentence(found: Phrases) -> Command | None:
    """Reads a whole message; returns None if its phrases match no rule."""
    if found.signs.count("#") > 1:
        return None
    for outcome, kind, pattern in _JUDGEMENTS:
        if pattern.fullmatch(found.signs):
            return Decide(Verdict(outcome), kind, found.names)
    for outcome, pattern in _OF_ALL:
        if pattern.fullmatch(found.signs):
            return All(Verdict(outcome))
    return _asking(found)


def parts(found: Phrases) -> tuple[Decide, ...] | None:
    """Reads several verdicts, each with its own name; returns None if one of them is unclear.

    Either every name is before its verdict, or every name is after it: `4821 yes 7390` is unclear.
    """
    pattern = _NAME_FIRST if found.signs.startswith("#") else _NAME_LAST
    pieces = [piece.strip(_BETWEEN) for piece in pattern.findall(found.signs)]
    rest = pattern.sub("", found.signs)
    is_each_named = len(pieces) == len(found.groups) > 1 and not rest.strip(",.;ptf")
    if not is_each_named or any(map(corrects, pieces[1:])):
        return None
    read = [sentence(Phrases(piece, (group,))) for piece, group in zip(pieces, found.groups, strict=True)]
    decided = tuple(each for each in read if isinstance(each, Decide) and each.names)
    return decided if len(decided) == len(read) and not any(each.kind.needs_quotation for each in decided) else None


def corrects(signs: str) -> bool:
    """Returns whether what follows a command might correct it: `yes 4821, sorry, no 7390`."""
    return signs.startswith(SIGNS["before"])


def unsure(found: Phrases) -> Unsure | None:
    """Reads the words of verdicts that form no sentence; with a question mark, none does."""
    verdict = _OUTCOME.search(found.signs)
    if verdict is None or len(found.names) > 1 or not _VERDICTS_ALONE.fullmatch(found.signs):
        return None
    return Unsure(Verdict(Outcome.APPROVED if verdict["yes"] else Outcome.REJECTED), found.only_name)


def _asking(found: Phrases) -> Command | None:
    for pattern, command in (
        (_REGRET, Regret(found.only_name)),
        (_STANDS, Stands(found.only_name)),
        (_EDIT_HOW, EditHow(found.only_name)),
        (_LIST, ListOpen()),
        (_SHOW, ShowPrompt(found.only_name)),
        (_HELP, Help()),
        (_THANKS, Thanks()),
    ):
        if pattern.fullmatch(found.signs):
            return command
    return None
