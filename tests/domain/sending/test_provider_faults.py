"""Only an error that blames the recipient or the message fails a channel."""

import pytest

from domain.sending.provider_faults import ProviderFault, fault_of, words_for


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (ProviderFault.RECIPIENT, ["21211", "21610", "21614", "63003", "63014", "63015", "63024", "63033"]),
        (ProviderFault.MESSAGE, ["21617", "30007", "63013", "63016", "63021"]),
        (ProviderFault.OURS, ["20003", "20005", "20404", "20429", "21606", "21608", "21655", "30001", "30008"]),
        (ProviderFault.OURS, ["63001", "63007", "63010", "63017", "63018", "63027", "63038", "63041", "63051"]),
        (ProviderFault.OURS, ["99999", "", None]),
    ],
)
def test_error_that_blames_neither_recipient_nor_message_waits(fault: ProviderFault, codes: list[str | None]) -> None:
    assert {code: fault_of(code) for code in codes} == dict.fromkeys(codes, fault)


def test_what_a_code_means_is_said_without_an_address() -> None:
    assert words_for("21211") == "the number is invalid"
    assert words_for("400") == "the provider refuses the message"
    assert words_for("99999") is None
