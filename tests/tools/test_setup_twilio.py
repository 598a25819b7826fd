"""`python -m tools.setup_twilio`: a Twilio account after it ran."""

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from adapters.twilio.messages import TwilioIdentity, TwilioMessages
from domain.candidate import Approver
from domain.channels import Channel
from domain.sending.content_kinds import Content, ContentKind
from tests.harness.keys import secret
from tests.harness.processes import REPOSITORY, run_python
from tests.harness.stack import TWILIO_TOKEN, environment, load
from tests.simulator.process import ACCOUNT, OWNER, PUBLIC_URL, SENDER, Simulator, running_simulator
from tools.setup_twilio.__main__ import main

NAMES = [f"candidate_{kind}" for kind in ContentKind]
CONTENTS = "/twilio/v1/Content"
SENDERS = "/twilio/v2/Channels/Senders"
VALUES = ("Acme on X · 4821", "We hear you.", "cr_1", "17:53 (14 min)", "Answers @jane")


@dataclass(frozen=True)
class Account:
    """A Twilio account with a sender and nothing else."""

    simulator: Simulator
    monkeypatch: pytest.MonkeyPatch

    async def set_up(self, *arguments: str, **changes: str) -> tuple[int, str]:
        """Runs the command in this process, which saves a second; returns exit code and output."""
        with (
            self.monkeypatch.context() as variables,
            redirect_stdout(io.StringIO()) as said,
            redirect_stderr(said),
        ):
            for name in list(os.environ):
                variables.delenv(name)
            for name, value in self.settings(**changes).items():
                variables.setenv(name, value)
            return await main(arguments), said.getvalue()

    def settings(self, **changes: str) -> dict[str, str]:
        return environment(
            **{
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
                "TWILIO_WA_NUMBER": SENDER,
                "TWILIO_API_BASE_URL": f"{str(self.simulator.http.base_url).rstrip('/')}/twilio",
                "PUBLIC_BASE_URL": PUBLIC_URL,
                **changes,
            }
        )

    def get(self, path: str, **query: str) -> Any:
        return self.simulator.http.get(path, params=query, auth=(ACCOUNT, TWILIO_TOKEN)).raise_for_status().json()

    def post(self, path: str, body: object) -> Any:
        return self.simulator.http.post(path, json=body, auth=(ACCOUNT, TWILIO_TOKEN)).raise_for_status().json()

    def stands(self, **state: str) -> None:
        self.simulator.http.put("/control/twilio/account", json=state).raise_for_status()

    @property
    def names(self) -> list[str]:
        return sorted(content["friendly_name"] for content in self.get(CONTENTS)["contents"])

    @property
    def sender(self) -> dict[str, Any]:
        [sender] = self.get(SENDERS, Channel="whatsapp")["senders"]
        return dict(sender)


@pytest.fixture(scope="module")
def bare() -> Iterator[Simulator]:
    with running_simulator("http://127.0.0.1:1", TWILIO_AUTH_TOKEN=TWILIO_TOKEN) as simulator:
        yield simulator


@pytest.fixture
def account(bare: Simulator, monkeypatch: pytest.MonkeyPatch) -> Account:
    bare.http.post("/control/reset").raise_for_status()
    return Account(bare, monkeypatch)


def settings_in(said: str) -> dict[str, str]:
    return dict(re.findall(r"^(TWILIO_\w+)=(HX\w+)$", said, re.MULTILINE))


async def test_bare_account_has_it_all_and_repetition_adds_nothing(account: Account) -> None:
    runs = [await account.set_up() for _ in range(3)]

    assert [code for code, _ in runs] == [0, 0, 0]
    assert account.names == sorted(NAMES)
    assert [said.count("received") + said.count("pending") for _, said in runs] == [2, 2, 0]
    assert [len(settings_in(said)) for _, said in runs] == [2, 2, 4]
    webhook = account.sender["webhook"]
    assert webhook["callback_url"] == f"{PUBLIC_URL}/webhooks/whatsapp#rc=3&rp=5xx,ct,rt"
    assert webhook["fallback_url"] == f"{PUBLIC_URL}/webhooks/whatsapp"
    assert (webhook["callback_method"], webhook["fallback_method"]) == ("POST", "POST")
    assert ["public beta" in said for _, said in runs] == [True, False, False]
    assert (await account.set_up("--check"))[0] == 0


async def test_printed_settings_give_messages_buttons(account: Account) -> None:
    for _ in range(3):
        _, said = await account.set_up()
    sids = load(environment(**settings_in(said))).content_sids
    account.simulator.http.put("/control/window", json={"open": False}).raise_for_status()

    async with httpx.AsyncClient() as http:
        base_url = f"{str(account.simulator.http.base_url).rstrip('/')}/twilio"
        twilio = TwilioMessages(http, base_url, TwilioIdentity(ACCOUNT, [TWILIO_TOKEN], SENDER, sids))
        for kind in (ContentKind.WHOLE, ContentKind.CUT):
            await twilio.send(Approver.read(Channel.WHATSAPP, OWNER), "text", content=Content(kind, VALUES))

    shown: list[dict[str, Any]] = account.simulator.shown("messages")
    titles = [[button["title"] for button in message["buttons"]] for message in shown]
    assert sids.keys() == set(ContentKind)
    assert titles == [["Approve", "Skip", "Edit"], ["Read all", "Skip"]]


async def test_check_only_reads(account: Account) -> None:
    before = account.sender

    code, said = await account.set_up("--check")

    assert code == 1
    assert [line.split()[:2] for line in said.splitlines()[:4]] == [[name, "missing"] for name in NAMES]
    assert (account.names, account.sender) == ([], before)


async def test_other_text_gets_another_name_and_is_submitted_under_it(account: Account) -> None:
    older = json.loads((REPOSITORY / "docs/whatsapp/candidate_cut.json").read_text("utf-8"))
    older["types"]["twilio/quick-reply"]["body"] += " Thank you."
    for name in ("candidate_cut", "candidate_cut_2"):
        account.post(CONTENTS, older | {"friendly_name": name})
    account.post(CONTENTS, older | {"friendly_name": "candidate_whole", "language": "es"})

    _, said = await account.set_up()

    assert account.names == sorted([*NAMES, "candidate_cut_2", "candidate_cut_3", "candidate_whole"])
    [sid] = re.findall(r"^candidate_cut_3 +(HX\w+)", said, re.MULTILINE)
    assert account.get(f"{CONTENTS}/{sid}/ApprovalRequests")["whatsapp"]["name"] == "candidate_cut_3"
    assert f"#TWILIO_CUT_CONTENT_SID={sid}" in said
    assert (await account.set_up())[1].count("made") == 0


async def test_rejected_template_is_reported_with_whatsapps_reason(account: Account) -> None:
    await account.set_up()
    account.stands(approval="rejected", rejection_reason="INVALID_FORMAT")

    code, said = await account.set_up()

    assert code == 1
    assert said.count("rejected (INVALID_FORMAT)") == 2
    assert len(settings_in(said)) == 2
    assert account.names == sorted(NAMES)


async def test_webhook_for_status_reports_stays_as_it_was(account: Account) -> None:
    reports = {"status_callback_url": "https://reports.example/", "status_callback_method": "POST"}
    account.post(f"{SENDERS}/{account.sender['sid']}", {"webhook": {"callback_url": "https://old.example/", **reports}})

    code, said = await account.set_up()

    assert code == 0
    assert "https://old.example/" in said
    assert account.sender["webhook"] | reports == account.sender["webhook"]
    assert account.sender["webhook"]["callback_url"].startswith(PUBLIC_URL)


async def test_error_of_twilio_is_printed_in_one_line(account: Account) -> None:
    wrong = {
        "401, error 20003": {"TWILIO_AUTH_TOKEN": secret("another")},
        "404": {"TWILIO_API_BASE_URL": str(account.simulator.http.base_url)},
        "ConnectError": {"TWILIO_API_BASE_URL": "http://127.0.0.1:1"},
    }
    for words, changes in wrong.items():
        code, said = await run_python("-m", "tools.setup_twilio", environment=account.settings(**changes))

        assert (code, len(said.splitlines())) == (1, 1), said
        assert words in said
        assert "Traceback" not in said


async def test_token_that_twilio_accepts_is_found_among_several(account: Account) -> None:
    code, said = await account.set_up(TWILIO_AUTH_TOKEN=f"{secret('next')},{TWILIO_TOKEN}")

    assert code == 0, said


async def test_setting_that_cannot_be_set_is_reported_and_the_rest_is_done(account: Account) -> None:
    account.stands(sender="whatsapp:+447700900123")
    elsewhere = await account.set_up(TWILIO_WA_NUMBER="whatsapp:+447700900456")
    sandbox = await account.set_up()
    nowhere = await account.set_up(PUBLIC_BASE_URL="")

    assert [code for code, _ in (elsewhere, sandbox, nowhere)] == [1, 0, 1]
    assert "TWILIO_WA_NUMBER" in elsewhere[1]
    assert "by hand" in sandbox[1]
    assert "PUBLIC_BASE_URL" in nowhere[1]
    assert account.names == sorted(NAMES)


async def test_without_whatsapp_it_has_nothing_to_do(account: Account) -> None:
    code, said = await account.set_up(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="", TWILIO_WA_NUMBER="")

    assert (code, said) == (2, "WhatsApp is off: TWILIO_ACCOUNT_SID is empty\n")
