"""One test of a table reports every wrong row, for any kind of error."""

import pytest

from tests.harness.rows import each_row


def test_every_wrong_row_is_reported_with_both_values_and_no_other() -> None:
    @each_row([("a", 1), ("b", 22), ("c", 0), ("d", 4)])
    def check(name: str, number: int) -> None:
        assert 4 / number == 5 - number, name

    with pytest.raises(pytest.fail.Exception) as failed:
        check()

    said = str(failed.value)
    assert [f"name: '{name}'" in said for name in "abcd"] == [False, True, True, False]
    assert "(4 / 22) == (5 - 22)" in said
    assert "ZeroDivisionError" in said
    assert said.endswith("2 of 4 rows are wrong")


def test_table_without_wrong_rows_passes() -> None:
    @each_row(["a", "b"])
    def check(name: str) -> None:
        assert name in "ab"

    check()
