"""Errors and logs name what cannot be read from Temporal, and never quote it."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from adapters.temporal import connection as temporal
from domain.candidate import Candidate
from domain.decision import Decision

TEXT = "The text that nobody may log"
CONVERTER = temporal.data_converter({}).payload_converter


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (f'{{"id": "cr_1", "proposed_text": ["{TEXT}"], "platform": "{TEXT}"}}', "proposed_text (string_type)"),
        (f'"{TEXT}"', "the whole value (dataclass_type)"),
        (TEXT, "the whole value (json_invalid)"),
    ],
)
def test_error_names_the_wrong_fields_and_quotes_no_value(data: str, named: str) -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=data.encode())

    with pytest.raises(ValueError, match="not a valid Candidate: ") as raised:
        CONVERTER.from_payload(payload, Candidate)

    assert named in str(raised.value)
    assert TEXT not in str(raised.value)
    assert raised.value.__suppress_context__


def test_error_for_another_encoding_does_not_quote_the_payload() -> None:
    payload = Payload(metadata={"encoding": b"json/protobuf", "messageType": b"none"}, data=TEXT.encode())

    with pytest.raises(ValueError, match="not a valid Decision") as raised:
        CONVERTER.from_payload(payload, Decision)

    assert TEXT not in str(raised.value)


def test_unreadable_payload_without_a_type_hint_stays_raw() -> None:
    readable = Payload(metadata={"encoding": b"json/plain"}, data=b'{"a": 1}')
    unreadable = Payload(metadata={"encoding": b"json/plain"}, data=b"{")

    assert CONVERTER.from_payloads([readable, unreadable]) == [{"a": 1}, RawValue(unreadable)]
