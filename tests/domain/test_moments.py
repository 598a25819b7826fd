"""Moments are parsed as other programs write them."""

from datetime import UTC, datetime

import pytest

from domain.moments import certain_moment, moment

NEW_YEAR = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T10:00:00Z",
        " 2026-01-01T10:00:00.000Z ",
        "2026-01-01T11:00:00+01:00",
        "2026-01-01T10:00:00",
        1767261600,
        1767261600.0,
        1767261600000,
        "1767261600000",
    ],
)
def test_date_is_read_in_each_form(written: str | float) -> None:
    assert moment(written) == NEW_YEAR


@pytest.mark.parametrize(
    "written", [None, "", "yesterday", "nan", "inf", 1e300, "2026-13-01", "0001-01-01T00:00:00+14:00"]
)
def test_other_text_is_not_a_date(written: str | float | None) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T10:00:00Z",
        " 2026-01-01T11:00:00.000+01:00",
        1767261600,
        "1767261600000",
        788954400000000000,
        "788954400000000000",
    ],
)
def test_moment_is_certain_with_a_zone_or_as_a_number(written: str | float) -> None:
    assert certain_moment(written) == NEW_YEAR


@pytest.mark.parametrize(
    "written",
    [
        *("2026-01-01T10:00:00", "2026-01-01 10:00", "2026-01-01", "Thu Jan 01 2026 11:00:00 GMT+0100 (CET)"),
        *("", "nan", "inf", 1e300, 1767261600000000, 1767261600000000000),
    ],
)
def test_ambiguous_date_is_not_a_moment(written: str | float) -> None:
    assert certain_moment(written) is None
