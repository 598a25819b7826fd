"""A sender who was not asked decides, learns and starts nothing, and cannot pass for another."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from twilio.request_validator import RequestValidator

from domain.temporal_names import WorkflowType
from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.chats import until_read
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, TWILIO_TOKEN, Stack

_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'


async def _started(stack: Stack) -> int:
    """Counts the workflows that messages and candidates start."""
    query = f"WorkflowType IN ('{WorkflowType.APPROVAL}', '{WorkflowType.REPLY}')"
    return (await stack.client.count_workflows(query)).count


async def test_stranger_decides_learns_and_starts_nothing(stack: Stack, owner: Owner) -> None:
    candidate = await asked_everywhere(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    stranger = Owner()
    started = await _started(stack)

    texts = [f"{verb} {about}" for verb in ("approve", "edit") for about in (candidate["id"], "cr_unknown", "")]
    texts += [f"edit {candidate['id']}: Mine", "help", "hello", candidate["id"].upper()]
    for text in texts:
        said = await stack.phone.says("whatsapp", stranger, text)
        assert (said.statuses, said.bodies) == ([200], [_EMPTY]), text
        said = await stack.phone.says("imessage", stranger, text)
        assert (said.statuses, said.bodies) == ([200], ['{"status":"ignored"}']), text
    said = await stack.phone.says("whatsapp", stranger, "approve", quoted=prompt["id"])
    assert said.bodies == [_EMPTY]
    said = await stack.phone.says("whatsapp", stranger, "approve", button_payload=f"approve {candidate['id']}")
    assert said.bodies == [_EMPTY]

    await answer_to(stack, "whatsapp", owner, "help", "yes = post it")
    await until(lambda: _started(stack), lambda now: now > started)
    assert await _started(stack) == started + 1
    assert await skipped(stack, "whatsapp", owner, candidate)
    assert await stack.phone.messages("imessage", stranger) == []


@pytest.mark.parametrize("channel", ["whatsapp", "imessage"])
async def test_somebody_elses_candidate_looks_unknown(stack: Stack, channel: str) -> None:
    victim = Owner()
    owners = [Owner(), Owner()]
    target = await asked(stack, channel, victim)
    own = [await asked(stack, channel, owner) for owner in owners]

    texts = (f"approve {target['id']}", f"approve {target['id'][:-1]}_")
    answers = [
        (await answer_to(stack, channel, owner, text, "Nothing was decided"))
        .replace(label(candidate), "<own>")
        .replace(f"yes {number(candidate)}", "yes <number>")
        .replace(f"{number(candidate)} · {candidate['brand_id']} on X · “{candidate['proposed_text']}”", "<listed>")
        .replace(text.removeprefix("approve "), "<name>")
        for owner, candidate, text in zip(owners, own, texts, strict=True)
    ]

    assert answers[0] == answers[1]
    assert target["id"] not in answers[0]
    assert await skipped(stack, channel, victim, target)


async def test_right_address_on_the_wrong_channel_is_a_stranger(stack: Stack) -> None:
    number = "+491711234567"
    candidate = await asked_everywhere(stack, "imessage", Owner(), owner_imessage=number)
    owner_of_number = {"sender": f"whatsapp:{number}"}

    said = await stack.phone.says("whatsapp", Owner(), f"approve {candidate['id']}", **owner_of_number)
    assert said.bodies == [_EMPTY]

    await stack.phone.says("imessage", Owner(), f"skip {candidate['id']}", sender="+49 (171) 123-4567")
    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["decider"]) == ("rejected", f"imessage:{number}")


async def test_owner_is_recognized_by_any_address_that_twilio_gives(stack: Stack, owner: Owner) -> None:
    scoped = f"whatsapp:US.{uuid4().int}"
    number = owner.whatsapp.removeprefix("whatsapp:+")
    by_number = await asked(stack, "whatsapp", owner)
    by_scoped_id = await asked(stack, "whatsapp", owner, owner_whatsapp=scoped)
    other = Owner()

    await stack.phone.says("whatsapp", owner, f"approve {by_number['id']}", sender=scoped, wa_id=number)
    await stack.phone.says("whatsapp", other, f"approve {by_scoped_id['id']}", external_user_id=scoped)

    assert (await stack.phone.until_decided(by_number["id"]))["decider"] == owner.whatsapp
    assert (await stack.phone.until_decided(by_scoped_id["id"]))["decider"] == scoped


@pytest.mark.parametrize(
    ("asked_at", "writes_from"),
    [
        ("+52{}", "+521{}"),
        ("+5511{}", "+55119{}"),
    ],
)
async def test_owner_decides_from_the_other_form_of_the_number(
    stack: Stack, owner: Owner, asked_at: str, writes_from: str
) -> None:
    digits = f"{6 if '55' in asked_at else 2}{owner.number:0{7 if '55' in asked_at else 9}}"
    address = f"whatsapp:{asked_at.format(digits)}"
    named, bare = [await stack.core.accepted(owner, owner_whatsapp=address, owner_imessage=None) for _ in range(2)]
    sender = f"whatsapp:{writes_from.format(digits)}"
    wa_id = sender.removeprefix("whatsapp:+")
    for candidate in (named, bare):
        await stack.phone.until_prompted("whatsapp", candidate["id"])

    await stack.phone.says("whatsapp", owner, f"approve {named['id']}", sender=sender, wa_id=wa_id)
    assert (await stack.phone.until_decided(named["id"]))["decider"] == address
    said = await stack.phone.says(
        "whatsapp", owner, f"skip {bare['id']}", sender=sender, wa_id=address.removeprefix("whatsapp:+")
    )

    assert said.statuses == [200]
    assert (await stack.phone.until_decided(bare["id"]))["decider"] == address


async def test_replayed_signature_has_one_effect(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, first)
    url = f"{stack.gateway_url}/webhooks/whatsapp"
    fields = {"MessageSid": f"SM{uuid4().hex}", "From": owner.whatsapp, "Body": "approve"}
    headers = {"X-Twilio-Signature": RequestValidator(TWILIO_TOKEN).compute_signature(url, fields)}

    async with httpx.AsyncClient() as http:
        genuine = await http.post(url, data=fields, headers=headers)
        await stack.phone.until_decided(first["id"])
        second = await asked(stack, "whatsapp", owner)
        replayed = await http.post(url, data=fields, headers=headers)

    assert replayed.text == genuine.text
    assert await skipped(stack, "whatsapp", owner, second)


async def test_each_secret_authenticates_only_its_own_sender(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    for secret in (CORE_SECRET, TWILIO_TOKEN, "wrong", PHOTON_SECRET[:-1]):
        said = await stack.phone.says("imessage", owner, f"approve {candidate['id']}", secret=secret)
        assert said.statuses == [401], secret
    async with httpx.AsyncClient(base_url=stack.gateway_url) as http:
        for secret in (PHOTON_SECRET, TWILIO_TOKEN, "wrong"):
            headers = {"Authorization": f"Bearer {secret}"}
            assert (await http.get(f"/candidate/{candidate['id']}", headers=headers)).status_code == 401
            response = await http.post("/candidate", json=candidate | {"id": "cr_forged"}, headers=headers)
            assert response.status_code == 401
        message = {"from": owner.imessage, "text": f"approve {candidate['id']}"}
        assert (await http.post("/webhooks/imessage", json=message)).status_code == 401

    assert (await stack.core.http.get("/candidate/cr_forged")).status_code == 404
    assert await skipped(stack, "imessage", owner, candidate)


async def test_group_messages_and_own_messages_decide_nothing(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    text = f"approve {candidate['id']}"
    message = {"id": uuid4().hex, "text": text, "sender": owner.imessage}
    events: list[dict[str, Any]] = [
        {"event": "new_message", "message": message | {"isGroupChat": True}},
        {"event": "new_message", "message": message | {"isFromMe": True}},
        {"event": "message_updated", "message": message},
        {"event": "new_message", "message": message | {"sender": None}},
    ]

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {PHOTON_SECRET}"}) as http:
        for event in events:
            response = await http.post(f"{stack.gateway_url}/webhooks/imessage", json=event)
            assert (response.status_code, response.json()) == (200, {"status": "ignored"})

    assert await skipped(stack, "imessage", owner, candidate)
