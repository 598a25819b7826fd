"""The sidecar's answer to a send shows whether the send had an effect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from adapters.photon import sidecar as photon
from adapters.photon.sidecar import PhotonSidecar
from adapters.redis.connection import connect
from adapters.redis.gateway_texts import GatewayTexts
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError
from tests.harness.naming import label
from tests.harness.phone import Owner
from tests.harness.processes import free_port
from tests.harness.stack import Stack

DRAFT = "Our database and its SDK are back"
ANSWERS: list[tuple[dict[str, Any], type[SendError]]] = [
    ({"status": 500}, SendOutcomeUnknownError),
    ({"status": 503}, SendOutcomeUnknownError),
    ({"status": 503, "body": "SDK"}, SendOutcomeUnknownError),
    ({"status": 500, "body": f'{{"error": "{DRAFT}: Failed to open database"}}'}, SendOutcomeUnknownError),
    ({"status": 502, "body": "<html>"}, SendOutcomeUnknownError),
    ({"status": 408, "body": ""}, SendOutcomeUnknownError),
    ({"drop": True}, SendOutcomeUnknownError),
    ({"status": 503, "body": '{"error": "SDK initialization failed: no permission"}'}, SendPostponedError),
    ({"status": 500, "body": '{"error": "Failed to open database: not authorized"}'}, SendPostponedError),
    ({"status": 500, "body": "Failed to open database"}, SendPostponedError),
    ({"status": 401, "body": "a proxy's"}, SendPostponedError),
    ({"status": 404, "body": "a proxy's"}, SendPostponedError),
    ({"status": 429, "body": "a proxy's"}, SendPostponedError),
    ({"status": 400}, SendRefusedError),
]


@asynccontextmanager
async def sidecar(stack: Stack, base_url: str) -> AsyncIterator[PhotonSidecar]:
    async with httpx.AsyncClient() as http, connect(stack.environment["REDIS_URL"]) as redis:
        yield PhotonSidecar(http, base_url, GatewayTexts(redis, "secret"))


@pytest.mark.parametrize(("fault", "expected"), ANSWERS)
async def test_error_is_an_unknown_outcome_unless_it_says_that_nothing_was_sent(
    stack: Stack, owner: Owner, fault: dict[str, Any], expected: type[SendError]
) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, **fault)
    to = Approver(Channel.IMESSAGE, owner.imessage)

    async with sidecar(stack, stack.environment["PHOTON_BASE_URL"]) as photon_sidecar:
        with pytest.raises(SendError) as caught:
            await photon_sidecar.send(to, DRAFT)

    assert type(caught.value) is expected
    assert DRAFT not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_refused_connection_sent_nothing(stack: Stack, owner: Owner) -> None:
    async with sidecar(stack, f"http://127.0.0.1:{free_port()}") as photon_sidecar:
        with pytest.raises(SendPostponedError):
            await photon_sidecar.send(Approver(Channel.IMESSAGE, owner.imessage), DRAFT)


def test_send_is_waited_for_longer_than_the_kit_takes_and_its_activity_longer_still() -> None:
    kit_sec = 61.5

    assert photon.SEND_TIMEOUT.total_seconds() > kit_sec
    assert Channel.IMESSAGE.traits.send_timeout > photon.SEND_TIMEOUT


async def test_prompt_whose_send_failed_by_its_own_words_is_not_sent_again_at_once(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, times=1, status=503, accept=True)
    candidate = await stack.core.accepted(owner, owner_whatsapp=None, proposed_text=DRAFT)
    prompt = await stack.phone.until_prompted("imessage", candidate["id"])

    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")
    await stack.phone.until_message("imessage", owner, f"Approved: {label(candidate)}")

    assert [p["id"] for p in await stack.phone.prompts("imessage", candidate["id"])] == [prompt["id"]]
