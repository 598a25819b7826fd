"""Codes become one of a few classes."""

import pytest

from domain.sending.provider_codes import CLASSES, CONNECT, code_class


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("401", "401"),
        ("429", "429"),
        ("404", "4xx"),
        ("503", "5xx"),
        ("21211", "21xxx"),
        ("30005", "30xxx"),
        ("30008", "ours"),
        ("63007", "ours"),
        ("63016", "63xxx"),
        ("63", "other"),
        ("11200", "ours"),
        ("999999999", "other"),
        ("302", "other"),
        ("", "other"),
        (CONNECT, "connect"),
    ],
)
def test_every_code_has_one_of_the_classes(code: str, expected: str) -> None:
    assert code_class(code) == expected
    assert expected in CLASSES
