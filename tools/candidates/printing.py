"""Output: a table in a terminal, elsewhere tab-separated lines for scripts, or JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.writing.hidden import revealed
from domain.writing.wording import one_line
from tools.candidates.details import CandidateDetails
from tools.candidates.rows import HEAD, Row, span

_STYLES = {
    **dict.fromkeys(("new", "prompted"), "cyan"),
    **dict.fromkeys(("approved", "edited", "delivered"), "green"),
    **dict.fromkeys(("expired", "pending"), "yellow"),
    "rejected": "magenta",
    "parked": "bold red",
}
_LEFT_TO_SCRIPTS = {"deadline or decided (UTC)", "why it waits"}
"""A terminal shows age and time left instead, and the reasons on lines of their own."""

_INDENT = "    "

Section = list[tuple[str, str]]
"""Names with their values."""


def print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))


def print_rows(found: Sequence[Row]) -> None:
    """Prints a header and a line for each row; a terminal has extra lines for reasons."""
    now = datetime.now(UTC)
    lines = [row.cells(now) for row in found]
    if lines and not sys.stdout.isatty():
        for cells in [HEAD, *lines]:
            print(*cells, sep="\t")
    elif lines:
        _print_aligned(found, lines)


def _print_aligned(found: Sequence[Row], lines: Sequence[Sequence[str]]) -> None:
    """Aligns the columns that are not empty; the terminal wraps long lines."""
    console = Console(soft_wrap=True)
    columns = [n for n, name in enumerate(HEAD) if name not in _LEFT_TO_SCRIPTS and any(line[n] for line in lines)]
    widths = {n: max(cell_len(line[n]) for line in [HEAD, *lines]) for n in columns}
    console.print(Text("  ").join(Text(set_cell_size(HEAD[n], widths[n]), style="bold") for n in columns))
    for row, line in zip(found, lines, strict=True):
        cells = [Text(set_cell_size(line[n], widths[n]), style=_STYLES.get(line[n], "")) for n in columns]
        console.print(Text("  ").join(cells))
        for reason in row.why:
            console.print(Text(_INDENT + reason, style="dim"))


def print_details(shown: Sequence[CandidateDetails]) -> None:
    """Prints each candidate's state, prompts and events, and its texts if requested."""
    for number, each in enumerate(shown):
        if number:
            print()
        if sys.stdout.isatty():
            _print_sections(_sections(each))
        else:
            for name, what in chain(*_sections(each)):
                print(name, one_line(what), sep="\t")


def _print_sections(sections: Sequence[Section]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for section in filter(None, sections):
        if table.row_count:
            table.add_row()
        for name, what in section:
            shown = "\n".join(revealed(line).text for line in what.split("\n"))
            table.add_row(name, Text(shown, style=_STYLES.get(what, "")))
    Console().print(table)


def _sections(shown: CandidateDetails) -> list[Section]:
    row, now = shown.row, datetime.now(UTC)
    left = "" if row.decided_at or row.deadline is None else f", {span(row.deadline - now)} left"
    standing = [
        ("candidate", row.candidate_id),
        ("number", row.number),
        ("brand", row.brand_id),
        ("state", row.state),
        ("callback", row.callback),
        ("decider", row.decider),
        ("accepted", f"{_moment(row.accepted_at)}, {span(now - row.accepted_at)} ago"),
        ("deadline", row.deadline and f"{_moment(row.deadline)}{left}"),
        ("decided", row.decided_at and _moment(row.decided_at)),
        *(("why it waits", reason) for reason in row.why),
        *_named(shown.facts),
    ]
    return [
        [(name, what) for name, what in standing if what],
        [("prompt", prompt) for prompt in shown.prompts],
        [(_moment(each.at), each.what) for each in shown.happenings],
        _named(shown.texts),
    ]


def _named(facts: Mapping[str, str]) -> Section:
    return [(name.replace("_", " "), fact) for name, fact in facts.items()]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
