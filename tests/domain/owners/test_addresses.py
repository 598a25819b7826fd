"""One person is one string, however the address is written."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError

on_whatsapp, on_imessage = (partial(Approver.read, channel) for channel in (Channel.WHATSAPP, Channel.IMESSAGE))


@pytest.mark.parametrize(
    ("written", "handle"),
    [
        ("whatsapp:+15551234567", "+15551234567"),
        (" WhatsApp:+1 (555) 123-45.67 ", "+15551234567"),
        ("whatsapp:US.13491208655302741918", "US.13491208655302741918"),
        ("whatsapp:ID.aB9", "ID.aB9"),
        ("\u202awhatsapp:+1 555\u00a0123\u00a04567\u202c", "+15551234567"),
        ("whatsapp:\u2066\u200e+1 (555) 123\u2060-4567\ufeff\u00a0", "+15551234567"),
        ("whatsapp:\u200bID.aB9\u200f", "ID.aB9"),
    ],
)
def test_whatsapp_address_is_a_number_or_a_business_scoped_id(written: str, handle: str) -> None:
    assert on_whatsapp(written) == Approver(Channel.WHATSAPP, handle)


@pytest.mark.parametrize(
    ("written", "handle"),
    [
        ("Owner@iCloud.COM", "owner@icloud.com"),
        (" first.last+tag@mail.example.co ", "first.last+tag@mail.example.co"),
        ("+49 (171) 123-4567", "+491711234567"),
        ("\u202a+49 171 1234567\u202c", "+491711234567"),
        ("\ufeffowner@icloud.com\u00a0", "owner@icloud.com"),
    ],
)
def test_imessage_address_is_an_email_in_lower_case_or_a_number(written: str, handle: str) -> None:
    assert on_imessage(written) == Approver(Channel.IMESSAGE, handle)


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
def test_anything_else_is_not_a_whatsapp_address(written: str) -> None:
    with pytest.raises(InvalidAddressError, match="whatsapp:"):
        on_whatsapp(written)


@pytest.mark.parametrize(
    "written",
    [
        *("", "owner", "owner@", "@icloud.com", "a@b@c.com", "two words@icloud.com", "a@b.com\nx@y.com", "a@-b.com"),
        *("15551234567", "+1555", "whatsapp:+15551234567", "a@b.com, c@d.com"),
    ],
)
def test_anything_else_is_not_an_imessage_address(written: str) -> None:
    with pytest.raises(InvalidAddressError, match="e-mail"):
        on_imessage(written)


@given(st.one_of(st.text(max_size=30), st.emails(), st.from_regex(r"\+[1-9][0-9 ().\-]{6,20}", fullmatch=True)))
def test_normalized_address_stays_as_it_is(written: str) -> None:
    for read, prefix in ((on_whatsapp, "whatsapp:"), (on_imessage, "")):
        try:
            approver = read(prefix + written)
        except InvalidAddressError:
            continue
        assert read(prefix + approver.handle) == approver


MEXICO, ARGENTINA, BRAZIL = ("+52", "+521"), ("+54", "+549"), ("+5511", "+55119")


@pytest.mark.parametrize(("country", "firsts"), [(MEXICO, "23456789"), (ARGENTINA, "123"), (BRAZIL, "6789")])
def test_number_has_another_form_if_its_first_digit_is_one_of_its_countrys(
    country: tuple[str, str], firsts: str
) -> None:
    length = 8 if country is BRAZIL else 10
    for first in "0123456789":
        numbers = [f"{prefix}{first}{'4' * (length - 1)}" for prefix in country]
        without, with_digit = (on_whatsapp(f"whatsapp:{number}") for number in numbers)
        expected = {without, with_digit} if first in firsts else {without}

        assert set(without.forms) == expected
        assert without.forms[0] == without
        if first in firsts:
            assert with_digit.forms == (with_digit, without)


@pytest.mark.parametrize(
    "number",
    [
        *("+52558765432", "+52155876543210", "+5255876543210", "+54112345678", "+549112345678901", "+551187654"),
        *("+55118765432100", "+551138765432", "+5511938765432", "+15551234567", "+5311987654321", "+5551"),
        "US.5215587654321",
    ],
)
def test_any_other_number_has_one_form(number: str) -> None:
    """These are other lengths, landlines in Brazil, other countries, and ids."""
    approver = Approver(Channel.WHATSAPP, number)

    assert approver.forms == (approver,)


def test_only_whatsapp_has_forms() -> None:
    approver = on_imessage("+525587654321")

    assert approver.forms == (approver,)


@given(st.from_regex(r"\+5[245][0-9]{8,12}", fullmatch=True))
def test_forms_are_the_same_from_each_of_them(number: str) -> None:
    forms = Approver(Channel.WHATSAPP, number).forms

    assert all(set(form.forms) == set(forms) for form in forms)
