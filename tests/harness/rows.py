"""Tests a table's rows in a single test, because pytest needs milliseconds for each test."""

import functools
import inspect
from collections.abc import Callable, Iterable
from reprlib import Repr
from traceback import format_exception
from typing import Any

import pytest

_SHORT = Repr()
_SHORT.maxstring, _SHORT.maxother, _SHORT.maxdict, _SHORT.maxlong = 300, 120, 12, 80


def each_row(rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Returns a decorator that makes a test of a check for one row; a tuple is several arguments.

    The test reports every wrong row.
    """
    table = [row if isinstance(row, tuple) else (row,) for row in rows]
    assert table, "a table without rows would prove nothing"

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        assert not inspect.iscoroutinefunction(check), "nobody would await it"

        @functools.wraps(check)
        def test() -> None:
            problems = [problem for row in table if (problem := _problem(check, row))]
            if problems:
                summary = f"{len(problems)} of {len(table)} rows are wrong"
                pytest.fail("\n".join([*problems, summary]), pytrace=False)

        test.__dict__["__signature__"] = inspect.Signature()  # otherwise pytest mistakes the arguments for fixtures
        return test

    return decorate


def _problem(check: Callable[..., None], row: tuple[Any, ...]) -> str | None:
    try:
        check(*row)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # the other rows must be reported, too
        arguments = inspect.signature(check).bind(*row).arguments
        named = "\n".join(f"{name}: {_SHORT.repr(value)}" for name, value in arguments.items())
        return f"{named}\n{''.join(format_exception(error, limit=-1, chain=False))}"
    return None
