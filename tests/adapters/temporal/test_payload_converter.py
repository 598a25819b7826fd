"""What cannot be read from Temporal is named in errors and logs, and never shown."""

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
        (f'"{TEXT}"', "the whole (dataclass_type)"),
        (TEXT, "the whole (json_invalid)"),
    ],
)
def test_error_names_the_fields_that_are_wrong_and_shows_no_value(data: str, named: str) -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=data.encode())

    with pytest.raises(ValueError, match="no Candidate: ") as raised:
        CONVERTER.from_payload(payload, Candidate)

    assert named in str(raised.value)
    assert TEXT not in str(raised.value)
    assert raised.value.__suppress_context__


def test_error_of_another_encoding_shows_nothing_of_it() -> None:
    payload = Payload(metadata={"encoding": b"json/protobuf", "messageType": b"none"}, data=TEXT.encode())

    with pytest.raises(ValueError, match="no Decision") as raised:
        CONVERTER.from_payload(payload, Decision)

    assert TEXT not in str(raised.value)


def test_what_is_unreadable_stays_raw_where_no_type_is_asked_for() -> None:
    readable = Payload(metadata={"encoding": b"json/plain"}, data=b'{"a": 1}')
    unreadable = Payload(metadata={"encoding": b"json/plain"}, data=b"{")

    assert CONVERTER.from_payloads([readable, unreadable]) == [{"a": 1}, RawValue(unreadable)]
