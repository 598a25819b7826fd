"""What operators see: a table in a terminal; elsewhere lines with tabs, which scripts can cut; or JSON."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.writing.hidden import revealed
from domain.writing.wording import one_line
from tools.candidates.portraits import Portrait
from tools.candidates.rows import HEAD, Row

_STYLES = {
    **dict.fromkeys(("new", "prompted"), "cyan"),
    **dict.fromkeys(("approved", "edited", "delivered"), "green"),
    **dict.fromkeys(("expired", "pending"), "yellow"),
    "rejected": "magenta",
    "parked": "bold red",
}
_LEFT_TO_SCRIPTS = {"deadline or decided (UTC)", "why it waits"}
"""In a terminal, age and time left say the one, and lines below the candidate's the other."""

_INDENT = "    "


def print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False))


def print_rows(found: Sequence[Row]) -> None:
    """Print a line each, and the head if there is any; in a terminal, reasons follow in lines of their own."""
    now = datetime.now(UTC)
    lines = [row.cells(now) for row in found]
    if lines and not sys.stdout.isatty():
        for cells in [HEAD, *lines]:
            print(*cells, sep="\t")
    elif lines:
        _print_aligned(found, lines)


def _print_aligned(found: Sequence[Row], lines: Sequence[Sequence[str]]) -> None:
    """Align what any row has; a terminal breaks what is too long for it."""
    console = Console(soft_wrap=True)
    columns = [n for n, name in enumerate(HEAD) if name not in _LEFT_TO_SCRIPTS and any(line[n] for line in lines)]
    widths = {n: max(cell_len(line[n]) for line in [HEAD, *lines]) for n in columns}
    console.print(Text("  ").join(Text(set_cell_size(HEAD[n], widths[n]), style="bold") for n in columns))
    for row, line in zip(found, lines, strict=True):
        cells = [Text(set_cell_size(line[n], widths[n]), style=_STYLES.get(line[n], "")) for n in columns]
        console.print(Text("  ").join(cells))
        for reason in row.why:
            console.print(Text(_INDENT + reason, style="dim"))


def print_portraits(shown: Sequence[Portrait]) -> None:
    """Print candidates: what stands in its row, its facts, its prompts, what happened, and its texts if wanted."""
    for number, each in enumerate(shown):
        if number:
            print()
        _print_portrait(_lines(each))


def _print_portrait(lines: Sequence[tuple[str, str]]) -> None:
    if not sys.stdout.isatty():
        for name, what in lines:
            print(name, one_line(what), sep="\t")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, what in lines:
        table.add_row(name, _cell("\n".join(revealed(line).text for line in what.split("\n"))))
    Console().print(table)


def _lines(shown: Portrait) -> list[tuple[str, str]]:
    cells = zip(HEAD, shown.row.cells(datetime.now(UTC)), strict=True)
    facts = [(name.replace("_", " "), fact) for name, fact in shown.facts.items()]
    prompts = [("prompt", prompt) for prompt in shown.prompts]
    happened = [(f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", each.what) for each in shown.happenings]
    texts = [(name.replace("_", " "), text) for name, text in shown.texts.items()]
    return [*((name, cell) for name, cell in cells if cell), *facts, *prompts, *happened, *texts]


def _cell(text: str) -> Text:
    return Text(text, style=_STYLES.get(text, ""))
