"""Every release agrees on whether two requests of core are the same."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import create_model

from api.schemas.candidate import CandidateIn
from tests.harness.core import draft, without

FIRST_ORDER = (
    "id",
    "brand_id",
    "platform",
    "source_ref",
    "proposed_text",
    "persona",
    "context_url",
    "risk_flags",
    "deadline_sec",
    "owner_whatsapp",
    "owner_imessage",
)
FULL = draft(deadline_sec=600, risk_flags=["a date"], owner_whatsapp="whatsapp:+15550001111")
OPTIONAL = ("risk_flags", "deadline_sec", "owner_whatsapp", "owner_imessage")
SPARSE = without(draft(), *OPTIONAL)


def hash_of(body: Mapping[str, Any], kind: type[CandidateIn] = CandidateIn) -> str:
    return kind.model_validate(body).content_hash


@given(text=st.text(max_size=50).filter(lambda text: text.isprintable() or "\0" in text).map("{}.".format))
def test_hash_is_that_of_the_first_release(text: str) -> None:
    for body in ({**FULL, "proposed_text": text}, {**SPARSE, "proposed_text": text}):
        request = CandidateIn.model_validate(body)
        first = request.model_dump_json(include=set(FIRST_ORDER))

        assert request.content_hash == hashlib.sha256(first.encode()).hexdigest()


@pytest.mark.parametrize("body", [FULL, SPARSE], ids=["full", "sparse"])
def test_field_that_a_later_release_adds_changes_no_hash(body: Mapping[str, Any]) -> None:
    """Earlier releases ignore the field, and also answer repetitions."""
    later = create_model("Later", __base__=CandidateIn, language=(str | None, None))

    assert {hash_of({**body, "language": language}, later) for language in (None, "de")} == {hash_of(body)}


def test_default_that_is_written_out_is_the_same_as_one_that_is_left_out() -> None:
    defaults = {"risk_flags": [], "deadline_sec": 900, "owner_whatsapp": None, "owner_imessage": None}

    assert hash_of({**SPARSE, **defaults}) == hash_of(SPARSE)
    assert hash_of({**SPARSE, "owner_whatsapp": "", "owner_imessage": " \u2060"}) == hash_of(SPARSE)
    assert hash_of(dict(reversed(FULL.items()))) == hash_of(FULL)


@pytest.mark.parametrize("name", FIRST_ORDER)
def test_each_field_makes_a_difference(name: str) -> None:
    other = {
        "platform": "reddit",
        "persona": "smart",
        "context_url": "https://example.com/other",
        "risk_flags": [],
        "deadline_sec": 601,
        "owner_whatsapp": None,
        "owner_imessage": "other@example.com",
    }

    assert hash_of({**FULL, name: other.get(name, "another")}) != hash_of(FULL)


def test_default_of_a_later_release_changes_no_hash() -> None:
    """For example, a missing deadline may come to mean the brand's own."""
    later = create_model("Later", __base__=CandidateIn, deadline_sec=(int | None, None))

    assert hash_of(SPARSE, later) == hash_of(SPARSE)
