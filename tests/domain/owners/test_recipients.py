"""An operator's list says who can be asked."""

import pytest

from domain.candidate import Approver
from domain.channels import Channel
from domain.owners.recipients import AllowedRecipients

LISTED = "whatsapp:+1 555 123-4567, whatsapp:+49*, +44*, Owner@Example.com,, *@Company.com, whatsapp:US.1234"


def approver(address: str) -> Approver:
    return Approver.read(Channel.of_address(address), address)


@pytest.mark.parametrize(
    "address",
    [
        *("whatsapp:+15551234567", "whatsapp:+491711234567", "+447700900123"),
        *("OWNER@example.com", "a.b@company.com", "whatsapp:US.1234"),
    ],
)
def test_listed_addresses_prefixes_and_domains_are_allowed(address: str) -> None:
    assert AllowedRecipients.parse(LISTED).allows(approver(address))


@pytest.mark.parametrize(
    "address",
    [
        *("whatsapp:+15551234568", "whatsapp:+155512345671", "whatsapp:US.12345", "whatsapp:+447700900123"),
        *("+15551234567", "+491711234567", "other@example.com", "owner@example.com.evil.com", "x@sub.company.com"),
        *("+44@evil.com", "whatsapp:+49@evil.com", "owner@examplexcom.com"),
    ],
)
def test_nobody_else_is_allowed_even_if_the_address_looks_similar(address: str) -> None:
    """An e-mail address can look like a phone prefix, or like an address of the other channel."""
    asked = Approver.read(Channel.IMESSAGE, address) if "@" in address else approver(address)

    assert not AllowedRecipients.parse(LISTED).allows(asked)


@pytest.mark.parametrize("listed", ["", " , "])
def test_empty_list_allows_everybody(listed: str) -> None:
    assert AllowedRecipients.parse(listed).allows(approver("whatsapp:+15551234567"))


@pytest.mark.parametrize("listed", ["whatsapp:+525587654321", "\u202awhatsapp:+5215587654321\u202c", "whatsapp:+5255*"])
@pytest.mark.parametrize("address", ["whatsapp:+525587654321", "whatsapp:+5215587654321"])
def test_either_form_of_a_number_is_allowed_if_one_is(listed: str, address: str) -> None:
    assert AllowedRecipients.parse(listed).allows(approver(address))
    assert not AllowedRecipients.parse(listed).allows(approver("whatsapp:+525687654321"))
