"""What earlier versions wrote is read, and what this one writes is read by them: candidates outlive releases."""

import json
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload

from adapters.temporal import connection as temporal
from tests import wire

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(wire.FOLDER.glob("*.json"))}
VALUES = [(version, name) for version, golden in GOLDEN.items() for name in golden["values"]]
NAMES = [(version, kind) for version, golden in GOLDEN.items() for kind in golden["names"]]


@pytest.mark.parametrize(("version", "kind"), NAMES)
def test_every_name_of_an_earlier_version_is_still_there(version: str, kind: str) -> None:
    assert set(GOLDEN[version]["names"][kind]) <= set(wire.names()[kind])


@pytest.mark.parametrize(("version", "name"), VALUES)
def test_what_an_earlier_version_wrote_is_read(version: str, name: str) -> None:
    written, expected = GOLDEN[version]["values"][name], wire.SAMPLES[name]
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(written).encode())

    converter = temporal.data_converter({}).payload_converter
    (read,) = converter.from_payloads([payload], [type(expected)])

    assert read == expected


@pytest.mark.parametrize(("version", "name"), VALUES)
def test_what_an_earlier_version_reads_is_written(version: str, name: str) -> None:
    assert wire.encoded(wire.SAMPLES[name]) == _with_more(
        GOLDEN[version]["values"][name], wire.encoded(wire.SAMPLES[name])
    )


def _with_more(old: Any, new: Any) -> Any:
    """Add to what an earlier version wrote the fields that came since: it ignores them."""
    if isinstance(old, dict) and isinstance(new, dict):
        return new | {name: _with_more(value, new.get(name)) for name, value in old.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_with_more(before, after) for before, after in zip(old, new, strict=True)]
    return old
