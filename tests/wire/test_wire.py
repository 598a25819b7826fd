"""Versions can read what others wrote, earlier or later, because candidates outlive releases."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from temporalio.api.common.v1 import Payload

from adapters.temporal import connection as temporal
from domain.approval import PromptState
from engine.replies.understanding import Understanding
from tests import wire
from tests.harness.rows import each_row
from workflows import signals

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(wire.FOLDER.glob("*.json"))}
VALUES = [(version, name) for version, golden in GOLDEN.items() for name in golden["values"]]
NAMES = [(version, kind) for version, golden in GOLDEN.items() for kind in golden["names"]]


@each_row(NAMES)
def test_every_name_of_an_earlier_version_still_exists(version: str, kind: str) -> None:
    assert set(GOLDEN[version]["names"][kind]) <= set(wire.names()[kind])


@each_row(VALUES)
def test_what_an_earlier_version_wrote_is_read(version: str, name: str) -> None:
    written, expected = GOLDEN[version]["values"][name], wire.SAMPLES[name]
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(written).encode())

    converter = temporal.data_converter({}).payload_converter
    (read,) = converter.from_payloads([payload], [type(expected)])

    assert read == expected


@each_row(VALUES)
def test_what_an_earlier_version_reads_is_written(version: str, name: str) -> None:
    assert wire.encoded(wire.SAMPLES[name]) == _with_more(
        GOLDEN[version]["values"][name], wire.encoded(wire.SAMPLES[name])
    )


def _with_more(old: Any, new: Any) -> Any:
    """Adds fields that are newer than the version that wrote a value; that version ignores them."""
    if isinstance(old, dict) and isinstance(new, dict):
        return new | {name: _with_more(value, new.get(name)) for name, value in old.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_with_more(before, after) for before, after in zip(old, new, strict=True)]
    return old


def test_samples_fill_every_field_on_the_wire() -> None:
    filled = {place for sample in wire.SAMPLES.values() for place in _filled(sample)}
    kinds = {kind for each in _on_the_wire() for kind in _dataclasses_in(each)}

    assert {f"{kind.__name__}.{each.name}" for kind in kinds for each in fields(kind)} - filled == set()


def test_newest_golden_file_has_every_sample() -> None:
    newest = max(GOLDEN, key=lambda version: [int(number) for number in version.split(".")])

    assert set(GOLDEN[newest]["values"]) == set(wire.SAMPLES)


def _on_the_wire() -> list[Any]:
    """Returns the types of inputs, results and signals, and of other values in memos."""
    definitions: list[Any] = [*wire.workflow_definitions(), *wire.activity_definitions()]
    inputs = [kind for each in definitions for kind in each.arg_types or []]
    read = [kind for kind in vars(signals).values() if getattr(kind, "__module__", "") == signals.__name__]
    return [*inputs, *(each.ret_type for each in definitions), *read, PromptState, Understanding]


def _dataclasses_in(kind: Any) -> Iterator[Any]:
    """Yields the dataclasses in a type."""
    if is_dataclass(kind):
        yield kind
    parts = get_type_hints(kind).values() if is_dataclass(kind) else get_args(kind)
    for part in parts:
        yield from _dataclasses_in(part)


def _filled(value: Any) -> Iterator[str]:
    """Yields the names of fields that do not have their default in a value."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from _filled(each)
    elif is_dataclass(value):
        for each in fields(value):
            if getattr(value, each.name) != each.default:
                yield f"{type(value).__name__}.{each.name}"
            yield from _filled(getattr(value, each.name))
