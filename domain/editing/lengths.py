"""Measures posts against the limits of their platforms.

X weighs characters, and counts each link as 23 and each emoji as two. The rules are those of its
own library, twitter-text 3.1, which knows every top-level domain and the emoji of its time. This
module approximates both, so a length has two bounds.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from domain.candidate import Platform

LONGEST_POSTS: Mapping[Platform, int] = {Platform.X: 280, Platform.LINKEDIN: 3000, Platform.REDDIT: 10_000}

_LINK = 23
_LONGEST_LINK = 4096 - len("https://")
_EMOJI = 2
_LIGHT = re.compile("[\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
"""The characters that X counts as one; any other character counts as two."""

_TOP_LEVEL = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo bq br bs bt bv bw by bz ca cc cd
cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et eu fi fj fk fm fo fr ga gb gd ge
gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km
kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na
nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si
sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tp tr tt tv tw tz ua ug uk us uy uz va vc ve
vg vi vn vu wf ws ye yt za zm zw
academy aero agency app art asia bar biz blog cat cloud club com coop design dev edu events finance gov group info int
jobs life link live media mil mobi money museum name net news online org page photos post pro shop site social solutions
space store studio tech tel today top travel video wiki work world xyz xxx zone рф
"""
"""Every country's domain, and other common ones."""

_ANY = r"[^\W_]"
_LATIN = "a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_PATH = rf"{_LATIN}\u0400-\u04ff+=_#/-"
_IN_PATH = rf"[!*';:,.$%\[\]~@|&\u2013{_PATH}]"


def _name(letter: str) -> str:
    """Returns the pattern of a domain name; `letter` matches the first and last of each label.

    The last label contains no underscore.
    """
    return rf"(?:{letter}(?:(?:{letter}|[_-]){{0,61}}{letter})?\.)*{letter}(?:(?:{letter}|-){{0,61}}{letter})?\."


def _domain_and_path(letter: str, known: str) -> str:
    return (
        rf"{_name(letter)}(?:(?P<{known}>{'|'.join(_TOP_LEVEL.split())}|xn--[a-z0-9-]+)|[^\W\d_]{{2,24}})"
        r"(?![a-z0-9@+-]|://)"
        rf"(?::\d+)?(?:/(?:(?:{_IN_PATH}|\({_IN_PATH}*\))*(?:[{_PATH}]|\({_IN_PATH}+\)))?)?"
        r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[a-z0-9_&=#/-])?"
    )


_NO_WORD_BEFORE = "(?<![a-z0-9@\uff20$#\uff03])"
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_PART = re.compile(
    rf"(?P<web>{_NO_WORD_BEFORE}https?://{_domain_and_path(_ANY, 'known_web')})"
    rf"|(?P<bare>{_NO_WORD_BEFORE}(?<![_./-]){_domain_and_path(f'[{_LATIN}]', 'known_bare')})"
    "|(?P<emoji>[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    rf"|{_PICTURE}(?:\u200d{_PICTURE})*)"
    "|.",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class CharacterCount:
    """Characters as a platform counts them: at least `low`, and at most `high`."""

    low: int
    high: int


def count(text: str, platform: Platform) -> CharacterCount:
    if platform is Platform.X:
        parts = [_on_x(part) for part in _PART.finditer(unicodedata.normalize("NFC", text))]
        return CharacterCount(sum(part.low for part in parts), sum(part.high for part in parts))
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2  # some editors count an emoji as two
    return CharacterCount(len(text), units)


def over_surely(text: str, platform: Platform, longest: int | None = None) -> int:
    """Returns how many characters are certainly too many; `longest` is the brand's own limit."""
    return max(0, count(text, platform).low - _limit(platform, longest))


def over_maybe(text: str, platform: Platform, longest: int | None = None) -> int:
    """Returns the largest number of characters that might be too many."""
    return max(0, count(text, platform).high - _limit(platform, longest))


def _limit(platform: Platform, longest: int | None) -> int:
    return LONGEST_POSTS[platform] if longest is None else longest


def _on_x(part: re.Match[str]) -> CharacterCount:
    weight = sum(1 if _LIGHT.match(character) else 2 for character in part[0])
    if len(part[0]) > _LONGEST_LINK:
        return CharacterCount(weight, weight)
    if part["web"]:
        low, high = (_LINK, _LINK) if part["known_web"] else (min(weight, _LINK), max(weight, _LINK))
        return CharacterCount(low, high)
    if part["bare"]:
        return CharacterCount(min(weight, _LINK), _LINK if part["known_bare"] else weight)
    if part["emoji"]:
        return CharacterCount(min(weight, _EMOJI), weight)
    return CharacterCount(weight, weight)
