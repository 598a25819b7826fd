"""One person is one string, however the address was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import addresses
from domain.candidate import Approver, Channel
from domain.errors import InvalidAddressError


@pytest.mark.parametrize(
    ("written", "handle"),
    [
        ("whatsapp:+15551234567", "+15551234567"),
        (" WhatsApp:+1 (555) 123-45.67 ", "+15551234567"),
        ("whatsapp:US.13491208655302741918", "US.13491208655302741918"),
        ("whatsapp:ID.aB9", "ID.aB9"),
    ],
)
def test_whatsapp_address_is_a_number_or_a_business_scoped_id(written: str, handle: str) -> None:
    assert addresses.whatsapp(written) == Approver(Channel.WHATSAPP, handle)


@pytest.mark.parametrize(
    ("written", "handle"),
    [
        ("Owner@iCloud.COM", "owner@icloud.com"),
        (" first.last+tag@mail.example.co ", "first.last+tag@mail.example.co"),
        ("+49 (171) 123-4567", "+491711234567"),
    ],
)
def test_imessage_address_is_an_email_in_lower_case_or_a_number(written: str, handle: str) -> None:
    assert addresses.imessage(written) == Approver(Channel.IMESSAGE, handle)


@pytest.mark.parametrize(
    "written",
    [
        *("", "whatsapp:", "+15551234567", "imessage:+15551234567", "whatsapp:15551234567", "whatsapp:+05551234567"),
        *(
            "whatsapp:+1555",
            "whatsapp:+1555123456789012",
            "whatsapp:+1555123456\N{ARABIC-INDIC DIGIT SEVEN}",
            "whatsapp:USA.1",
        ),
        *("whatsapp:US.", "whatsapp:US.a b", "whatsapp:+15551234567,+15557654321", "whatsapp:whatsapp:+15551234567"),
    ],
)
def test_anything_else_is_no_whatsapp_address(written: str) -> None:
    with pytest.raises(InvalidAddressError, match="whatsapp:"):
        addresses.whatsapp(written)


@pytest.mark.parametrize(
    "written",
    [
        *("", "owner", "owner@", "@icloud.com", "a@b@c.com", "two words@icloud.com", "a@b.com\nx@y.com", "a@-b.com"),
        *("15551234567", "+1555", "whatsapp:+15551234567", "a@b.com, c@d.com"),
    ],
)
def test_anything_else_is_no_imessage_address(written: str) -> None:
    with pytest.raises(InvalidAddressError, match="e-mail"):
        addresses.imessage(written)


@given(st.one_of(st.text(max_size=30), st.emails(), st.from_regex(r"\+[1-9][0-9 ().\-]{6,20}", fullmatch=True)))
def test_normalised_address_stays_as_it_is(written: str) -> None:
    for read, prefix in ((addresses.whatsapp, "whatsapp:"), (addresses.imessage, "")):
        try:
            approver = read(prefix + written)
        except InvalidAddressError:
            continue
        assert read(prefix + approver.handle) == approver
