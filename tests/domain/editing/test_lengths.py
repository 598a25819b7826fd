"""The length of a post, on X as its own library counts 300 texts (tests/data/x-length.json).

Other platforms count characters.
"""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import Platform
from domain.editing.lengths import LONGEST_POSTS, CharacterCount, count, over_maybe, over_surely
from tests.domain.examples import HOSTILE
from tests.harness.rows import each_row

CASES = json.loads((Path(__file__).parents[2] / "data/x-length.json").read_text(encoding="utf-8"))["cases"]
LINK = "https://example.com/" + "x" * 500
UNKNOWN_DOMAIN = "https://acme.photography/" + "x" * 500
MISSING_DOMAIN = 168
"""The case with a link that is invisible without the domain `next`."""


def text_of(case: dict[str, Any]) -> str:
    parts = case.get("parts", [case.get("text")])
    return "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts)


@each_row(CASES)
def test_length_on_x_is_between_its_bounds(case: dict[str, Any]) -> None:
    length = case["length"]
    bounds = CharacterCount(case.get("low", length), case.get("high", length))

    assert count(text_of(case), Platform.X) == bounds
    assert bounds.low <= length <= bounds.high or case["id"] == MISSING_DOMAIN


@each_row([case for case in CASES if case["kind"] in {"limit", "cjk", "url", "nfc"}])
def test_post_that_x_takes_is_never_surely_too_long(case: dict[str, Any]) -> None:
    assert over_surely(text_of(case), Platform.X) <= max(0, case["length"] - 280)


def test_number_over_is_what_an_owner_must_cut() -> None:
    assert (over_surely("a" * 312, Platform.X), over_maybe("a" * 312, Platform.X)) == (32, 32)
    assert over_surely(f"{LINK} " + "a" * 256, Platform.X) == 0
    assert over_surely(f"{LINK} " + "a" * 258, Platform.X) == 2


def test_link_to_a_domain_that_is_not_known_may_be_short_or_long() -> None:
    """A limit on its characters would reject many posts that X accepts."""
    assert count(UNKNOWN_DOMAIN, Platform.X) == CharacterCount(23, len(UNKNOWN_DOMAIN))
    assert count(UNKNOWN_DOMAIN.removeprefix("https://"), Platform.X).low == 23
    assert count("https://a.photography", Platform.X) == CharacterCount(21, 23)


def test_emoji_might_be_two_characters_on_linkedin_and_reddit() -> None:
    for platform in (Platform.LINKEDIN, Platform.REDDIT):
        longest = LONGEST_POSTS[platform]
        assert over_surely("a" * longest, platform) == over_maybe("a" * longest, platform) == 0
        assert over_surely("a" * (longest + 3), platform) == 3
        assert (over_surely("\U0001f600" * longest, platform), over_maybe("\U0001f600" * longest, platform)) == (
            0,
            longest,
        )


def test_limit_of_a_brand_replaces_the_platforms() -> None:
    assert over_surely("a" * 2000, Platform.X, 25_000) == 0
    assert over_surely("a" * 2000, Platform.LINKEDIN, 1250) == 750


@given(HOSTILE | st.text(st.sampled_from("aé字\U0001f600\u200d\ufe0f.:/?#()-_@ \n"), max_size=200))
def test_bounds_are_never_the_wrong_way_round(text: str) -> None:
    for platform in Platform:
        bounds = count(text, platform)
        assert 0 <= bounds.low <= bounds.high
