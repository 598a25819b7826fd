"""Messages with buttons are sent by kind, found again, and replaced by text if not configured."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.twilio.messages import TwilioIdentity, TwilioMessages
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import SendPostponedError, SendRefusedError
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import MessageSearch, Wording
from tests.harness.stack import environment, load
from tests.simulator.process import ACCOUNT, OWNER, SENDER, TOKEN, Simulator, running_simulator
from tools.dev import CONTENT_OPTIONS, CONTENT_SIDS

TO = Approver.read(Channel.WHATSAPP, OWNER)
FIVE = ("Acme on X · 4821", "We hear you.", "cr_1", "17:53 (14 min)", "Answers @jane")
VARIABLES = dict.fromkeys(ContentKind, FIVE) | {ContentKind.BUTTONS: ("4821 'We hear you…'", "cr_1")}
SIDS = {kind: CONTENT_SIDS[name] for kind, name in zip(ContentKind, CONTENT_SIDS, strict=True)}

each_kind = pytest.mark.parametrize("kind", ContentKind)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator("http://127.0.0.1:1", *CONTENT_OPTIONS) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.http.post("/control/reset").raise_for_status()
    return running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


def twilio(simulator: Simulator, http: httpx.AsyncClient, *kinds: ContentKind) -> TwilioMessages:
    """Returns the messages of an account with these contents."""
    identity = TwilioIdentity(ACCOUNT, [TOKEN], SENDER, {kind: SIDS[kind] for kind in kinds})
    return TwilioMessages(http, f"{str(simulator.http.base_url).rstrip('/')}/twilio", identity)


@each_kind
async def test_content_goes_out_with_its_buttons_and_all_that_fills_it(
    simulator: Simulator, http: httpx.AsyncClient, kind: ContentKind
) -> None:
    messages = twilio(simulator, http, *ContentKind)

    sid = await messages.send(TO, "the same as text", content=Content(kind, VARIABLES[kind]))

    [shown] = simulator.shown("messages")
    assert shown["id"] == sid
    assert shown["buttons"]
    visible = VARIABLES[kind][:1] if kind is ContentKind.BUTTONS else VARIABLES[kind]
    assert not [value for value in visible if value not in str(shown["text"])]
    assert "the same as text" not in str(shown["text"])


@each_kind
async def test_message_whose_content_is_not_there_goes_out_as_text(
    simulator: Simulator, http: httpx.AsyncClient, kind: ContentKind
) -> None:
    others = [other for other in ContentKind if other is not kind]
    messages = twilio(simulator, http, *others)

    await messages.send(TO, "the same as text", content=Content(kind, VARIABLES[kind]))

    assert simulator.texts() == ["the same as text"]
    assert [one for one in ContentKind if messages.has(one)] == others
    with pytest.raises(SendRefusedError):
        await messages.send(TO, "", content=Content(kind, VARIABLES[kind]))


async def test_template_of_earlier_rules_is_the_whole_one(simulator: Simulator, http: httpx.AsyncClient) -> None:
    await twilio(simulator, http, *ContentKind).send(TO, "text", template=FIVE)
    await twilio(simulator, http, ContentKind.CUT).send(TO, "text", template=FIVE)

    whole, text = simulator.shown("messages")
    assert [button["title"] for button in whole["buttons"]] == ["Approve", "Skip", "Edit"]  # type: ignore[attr-defined]
    assert (text["text"], text["buttons"]) == ("text", [])


@pytest.mark.parametrize("kind", sorted(set(ContentKind) - {ContentKind.BUTTONS}))  # nothing depends on its arrival
async def test_content_is_found_by_all_that_fills_it(
    simulator: Simulator, http: httpx.AsyncClient, kind: ContentKind
) -> None:
    messages, values = twilio(simulator, http, *ContentKind), VARIABLES[kind]
    sid = await messages.send(TO, "", content=Content(kind, values))

    async def found(*variables: str) -> list[str]:
        search = MessageSearch(TO, (Wording("", variables),), datetime.now(UTC) - timedelta(hours=1))
        return [message.id for message in await messages.find(search)]

    assert await found(*values) == [sid]
    assert await found(*values[:-1], "cr_99") == []


async def test_value_that_twilio_does_not_take_is_our_fault(simulator: Simulator, http: httpx.AsyncClient) -> None:
    messages = twilio(simulator, http, *ContentKind)

    with pytest.raises(SendPostponedError, match="21656"):
        await messages.send(TO, "text", content=Content(ContentKind.SESSION, (*FIVE[:4], "")))


def test_settings_of_make_dev_are_the_sids_that_the_simulator_has() -> None:
    assert load(environment(**CONTENT_SIDS)).content_sids == SIDS
