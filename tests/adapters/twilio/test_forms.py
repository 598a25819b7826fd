"""A signed form counts only as Twilio split it.

No other split of the same text changes its sender, recipient or content.
"""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from adapters.twilio.forms import Form, TwilioForms
from domain.candidate import Approver
from domain.channels import Channel

Place = tuple[int, str]

ACCOUNT, NUMBER = "AC0123456789abcdef0123456789abcdef", "whatsapp:+14155238886"
OWNER, SCOPED_OWNER = "whatsapp:+15550000001", "whatsapp:US.13491208655302741918"
SID, OTHER_SID = "SM" + "0a" * 16, "SM" + "b1" * 16
FORMS = TwilioForms(ACCOUNT, Approver.read(Channel.WHATSAPP, NUMBER))
STRANGER = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": "hello",
    "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Ann","WaId":"15559999999"}}}',
    "ExternalUserId": "whatsapp:US.99999",
    "Forwarded": "false",
    "From": "whatsapp:+15559999999",
    "FrequentlyForwarded": "false",
    "MessageSid": SID,
    "MessageType": "text",
    "NumMedia": "0",
    "NumSegments": "1",
    "ProfileName": "Ann",
    "ReferralNumMedia": "0",
    "SmsMessageSid": SID,
    "SmsSid": SID,
    "SmsStatus": "received",
    "To": NUMBER,
    "WaId": "15559999999",
}
TAP = STRANGER | {
    "Body": "Approve",
    "ButtonPayload": "approve cr_1",
    "ButtonText": "Approve",
    "MessageType": "button",
    "OriginalRepliedMessageSender": NUMBER,
    "OriginalRepliedMessageSid": OTHER_SID,
}
REPORT = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "ChannelInstallSid": "XE" + "0" * 32,
    "ChannelPrefix": "whatsapp",
    "ChannelToAddress": "+1555000XXXX",
    "ErrorCode": "63016",
    "ErrorMessage": "Failed to send",
    "From": NUMBER,
    "MessageSid": SID,
    "MessageStatus": "undelivered",
    "SmsSid": SID,
    "SmsStatus": "undelivered",
    "To": SCOPED_OWNER,
}
READ = {
    *("AccountSid", "ApiVersion", "Body", "ButtonPayload", "ErrorCode", "ExternalUserId", "From", "MessageSid"),
    *("MessageStatus", "MessageType", "NumMedia", "OriginalRepliedMessageSid", "To", "WaId"),
}
"""Fields that the edge reads."""
AS_THE_OWNER = f"Bodyapprove From{OWNER}MessageSid{OTHER_SID}To{NUMBER}WaId15550000001"
TEXTS = [
    f"approveFrom{OWNER}",
    f"approveFrom{OWNER}X",
    f"approveExternalUserId{SCOPED_OWNER}F",
    f"approveExternalUserId{SCOPED_OWNER}",
    "approveWaId15550000001x",
    AS_THE_OWNER,
    f"AccountSid{ACCOUNT}ApiVersion2010-04-01{AS_THE_OWNER}z",
    f"approveMessageSid{OTHER_SID}MessageTypetextNumMedia0SmsMessageSid{OTHER_SID}SmsSid{OTHER_SID}",
    f"x MessageTypetextNumMedia0OriginalRepliedMessageSid{OTHER_SID}NumSegments1",
    "approveWaIdUS.13491208655302741918",
    f"x ParentMessageSid{OTHER_SID}",
    f"Parent MessageSid{OTHER_SID}Parent",
    "helloBodyapprove cr_2ButtonPayloadapprove cr_3ButtonTextApprove",
]


def is_genuine(fields: Mapping[str, str], query: str = "", *, is_status_report: bool = False) -> bool:
    return FORMS.is_genuine(query, [*fields.items()], is_status_report=is_status_report)


def signed_text(form: Form) -> str:
    return "".join(name + value for name, value in sorted(set(form)))


def other_cuts(fields: Mapping[str, str]) -> Iterator[Form]:
    """Yields forms with the same signed text, split at other names.

    Each adds up to two names, and drops up to one run of Twilio's. A name is any that Twilio uses
    and the text contains, or one of Twilio's with a letter more or less, which hides it.
    """
    text, twilios, at = signed_text([*fields.items()]), {}, 0
    for name, value in sorted(fields.items()):
        twilios[at] = name
        at += len(name) + len(value)
    names = {*READ, *fields, "SmsMessageSid", "SmsSid", "ButtonText"}
    places = [
        *twilios.items(),
        *((at, name) for name in names for at in occurrences(text, name) if at not in twilios),
        *((at - 1, text[at - 1] + name) for at, name in twilios.items() if at and text[at - 1].isalpha()),
        *((at, name[:-1]) for at, name in twilios.items()),
        *((at, text[at]) for at in occurrences(text, "x")),
    ]
    for cut in cuts(sorted(places), twilios, [], more=2, runs=1):
        ends = [*(at for at, _ in cut[1:]), len(text)]
        form = [(name, text[at + len(name) : end]) for (at, name), end in zip(cut, ends, strict=True)]
        if form == sorted(set(form)):
            yield form


def cuts(
    places: Sequence[Place], twilios: Mapping[int, str], chosen: list[Place], *, more: int, runs: int, run: bool = False
) -> Iterator[list[Place]]:
    """Chooses among the places, in the order of their names, with room for each name."""
    if not places or (places[0][0] and not chosen):
        yield from [chosen] if chosen else []
        return
    (at, name), rest = places[0], places[1:]
    is_twilios = twilios.get(at) == name
    before, last = chosen[-1] if chosen else (0, "")
    if last <= name and before + len(last) <= at and (chosen or at == 0) and (is_twilios or more):
        yield from cuts(rest, twilios, [*chosen, (at, name)], more=more - (not is_twilios), runs=runs, run=False)
    if not is_twilios:
        yield from cuts(rest, twilios, chosen, more=more, runs=runs, run=run)
    elif run or runs:
        yield from cuts(rest, twilios, chosen, more=more, runs=runs - (not run), run=True)


def occurrences(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)


def read(form: Form) -> dict[str, str]:
    return {name: value for name, value in form if name in READ}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["Body", "ProfileName"])
def test_no_cut_of_a_strangers_form_changes_what_is_read_of_it(field: str, text: str) -> None:
    stranger = STRANGER | {field: text}
    found = [*other_cuts(stranger)]
    accepted = [read(form) for form in found if FORMS.is_genuine("", form, is_status_report=False)]

    assert {signed_text(form) for form in found} == {signed_text([*stranger.items()])}
    for fields in accepted:
        body = fields.pop("Body", "")
        assert stranger["Body"].startswith(body)
        assert fields == {name: value for name, value in stranger.items() if name in READ - {"Body"}}


def test_the_cuts_that_are_tried_name_the_owner_in_every_field() -> None:
    """Otherwise the test above would prove nothing."""
    bodies = [TEXTS[1], TEXTS[2], TEXTS[4]]
    found = [dict(form) for body in bodies for form in other_cuts(STRANGER | {"Body": body})]

    assert OWNER in {form.get("From") for form in found}
    assert SCOPED_OWNER in {form.get("ExternalUserId") for form in found}
    assert "15550000001" in {form.get("WaId") for form in found}


@pytest.mark.parametrize("fields", [STRANGER, TAP, REPORT, STRANGER | {"MediaUrl0": "https://x", "NewField": "1"}])
def test_what_twilio_sends_is_genuine(fields: dict[str, str]) -> None:
    assert is_genuine(fields, is_status_report=fields is REPORT)


@pytest.mark.parametrize(
    "text",
    [
        "From whatsapp: to To, WaId and Body: approve it. From: me",
        "The MessageSid, ButtonPayload and From of a form; NumMedia too",
        "approve cr_1",
        "edit cr_1: We hear you.\nFrom now on Forwarded messages count. Don't ask",
    ],
)
def test_owner_may_write_the_names_of_fields(text: str) -> None:
    assert is_genuine(STRANGER | {"Body": text})


@pytest.mark.parametrize("word", ["Fromagerie: Paul", "Frommer: guide", "Fromhttps://x", "From: me", "From me: hi"])
@pytest.mark.parametrize("field", ["Body", "ProfileName", "ButtonText"])
def test_word_that_begins_with_a_fields_name_is_a_word(field: str, word: str) -> None:
    assert is_genuine(STRANGER | {field: f"edit cr_1: {word}"})
    assert is_genuine(STRANGER | {field: word})


@pytest.mark.parametrize("scheme", ["whatsapp", "messenger", "rcs", "sms", "mms", "client", "sip"])
def test_sender_of_any_channel_of_twilios_is_found_in_the_text(scheme: str) -> None:
    """Otherwise a message from another channel could be split into an owner's."""
    assert not is_genuine(STRANGER | {"ProfileName": f"From{scheme}:x"})


@pytest.mark.parametrize(
    "changes",
    [
        {"From": SCOPED_OWNER, "ExternalUserId": SCOPED_OWNER, "WaId": SCOPED_OWNER.removeprefix("whatsapp:")},
        {"From": SCOPED_OWNER, "ExternalUserId": "", "WaId": SCOPED_OWNER.removeprefix("whatsapp:")},
        {"WaId": "US.99999"},
        {"ParentMessageSid": OTHER_SID},
        {"EditedMessageSid": SID},
    ],
    ids=str,
)
def test_what_twilio_may_add_is_genuine(changes: dict[str, str]) -> None:
    assert is_genuine(STRANGER | changes)


@pytest.mark.parametrize("wa_id", ["15550000001", "US.13491208655302741918", ""])
@pytest.mark.parametrize(
    "more", [{}, {"ExternalUserId": "whatsapp:US.99999"}, {"ParentMessageSid": OTHER_SID}], ids=str
)
def test_report_may_name_its_recipient(wa_id: str, more: dict[str, str]) -> None:
    assert is_genuine(REPORT | more | {"WaId": wa_id}, is_status_report=True)


@pytest.mark.parametrize("name", ["xMessageSid", "ParentMessageSid"])
def test_longer_name_that_may_hide_the_messages_own_id_is_refused(name: str) -> None:
    hidden = {field: value for field, value in STRANGER.items() if field not in {"MessageSid", "MessageType"}}

    assert not is_genuine(hidden | {name: SID})
    assert not is_genuine(STRANGER | {"MessageSid": OTHER_SID, name: SID})


@pytest.mark.parametrize(
    "numbers",
    [
        ("+5215587654321", "525587654321"),
        ("+5491123456789", "541123456789"),
        ("+5511987654321", "551187654321"),
        ("+15550000001", "+15550000001"),
        ("+15550000001", ""),
    ],
)
def test_two_forms_of_one_number_agree(numbers: tuple[str, str]) -> None:
    sender, wa_id = numbers
    assert is_genuine(STRANGER | {"From": f"whatsapp:{sender}", "WaId": wa_id})


@pytest.mark.parametrize(
    "changes",
    [
        {"WaId": "15550000001"},
        {"WaId": "not digits"},
        {"WaId": "US.13491208655302741918"},
        {"From": SCOPED_OWNER},
        {"From": "+15559999999"},
        {"SmsSid": OTHER_SID},
        {"SmsMessageSid": OTHER_SID},
        {"MessageSid": "SM1"},
        {"AccountSid": ACCOUNT.replace("0", "1")},
        {"To": "whatsapp:+14155238887"},
        {"To": "+14155238886"},
        {"OriginalRepliedMessageSid": "x' OR BrandId = 'y"},
        {"NumMedia": "none"},
        {"Forwarded": "perhaps"},
        {"ButtonPayload": "approve cr_1"},
        {"": ""},
        {"/status/cr_1/1-1": ""},
        {"2AccountSid": "x"},
    ],
    ids=str,
)
def test_what_twilio_never_sends_is_refused(changes: dict[str, str]) -> None:
    assert not is_genuine(STRANGER | changes)


@pytest.mark.parametrize("changes", [{"From": OWNER}, {"MessageSid": "SM1"}, {"ErrorCode": "x"}, {"AccountSid": "AC1"}])
def test_report_that_twilio_never_sends_is_refused(changes: dict[str, str]) -> None:
    assert not is_genuine(REPORT | changes, is_status_report=True)


def test_repeated_field_is_refused_and_an_unknown_one_is_not() -> None:
    twice = [*STRANGER.items(), ("Body", "approve")]
    unknown = [*STRANGER.items(), ("MediaUrl", "a"), ("MediaUrl", "b")]

    assert [FORMS.is_genuine("", form, is_status_report=False) for form in (twice, unknown)] == [False, True]


def test_nothing_of_a_form_hides_in_the_query() -> None:
    """With a query in the URL, a longer query and a shorter form have the same signature."""
    fields = {name: value for name, value in STRANGER.items() if name > "From"}
    hidden = signed_text([(name, value) for name, value in STRANGER.items() if name <= "From"])

    assert is_genuine(STRANGER, "k=1")
    assert not is_genuine(fields | {"From": OWNER, "WaId": ""}, f"k=1{hidden}")


def test_tap_is_never_cut_into_a_bare_word() -> None:
    """Without its id, a tap on an old prompt would be a bare word for the only open draft."""
    accepted = [read(form) for form in other_cuts(TAP) if FORMS.is_genuine("", form, is_status_report=False)]

    assert {fields["ButtonPayload"] for fields in accepted} == {"approve cr_1"}


@pytest.mark.parametrize(
    ("name", "rest"), [("Don", "'t post it"), ("But", " shorter"), ("E", ""), ("Forwarded", " to")]
)
def test_word_of_a_text_does_not_end_it(name: str, rest: str) -> None:
    """The form lacks ChannelMetadata, which leaves room only for words from Body to Ch."""
    fields = {name: value for name, value in STRANGER.items() if name not in {"ChannelMetadata", "ExternalUserId"}}
    said = fields | {"Body": f"approve cr_1 {name}{rest}"}
    recut = fields | {"Body": "approve cr_1 ", name: rest}

    assert is_genuine(said)
    assert name == "Forwarded" or signed_text([*said.items()]) == signed_text([*recut.items()])
    assert not is_genuine(recut)
