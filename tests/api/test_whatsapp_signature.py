"""Twilio's signature covers the URL that Twilio called and every field that it sent."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from tests.harness.asking import asked
from tests.harness.edges import Pairs, another_edge, twilio_posts, twilio_signature
from tests.harness.phone import Owner
from tests.harness.stack import Stack

PUBLIC_URL = "https://public.example/webhooks/whatsapp"
EMPTY = "<Response />"


def message(owner: Owner, *extra: tuple[str, str]) -> Pairs:
    return [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", "help"), *extra]


@pytest.fixture(scope="module")
async def untrusting_edge(shared_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """An edge that trusts no proxy on its own machine."""
    async with another_edge(shared_stack, PUBLIC_BASE_URL="", FORWARDED_ALLOW_IPS="10.0.0.1") as edge:
        yield edge


@pytest.mark.parametrize(
    "extra",
    [
        (),
        (("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")),
        (("Blank", ""), ("Another", "")),
        (("Unknown", "ü€\U0001f600 +&=%"), ("ProfileName", "O'Neill")),
    ],
    ids=["plain", "repeated", "blank", "unknown"],
)
async def test_signature_holds_behind_a_proxy_that_terminates_tls(
    proxied_edge: httpx.AsyncClient, owner: Owner, extra: Pairs
) -> None:
    response = await twilio_posts(proxied_edge, message(owner, *extra), signed_url=PUBLIC_URL)

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")


async def test_signature_covers_the_query(proxied_edge: httpx.AsyncClient, owner: Owner) -> None:
    query = "?bodySHA=1&x=a%20b"
    signed = await twilio_posts(proxied_edge, message(owner), signed_url=PUBLIC_URL, query=query)
    pairs = message(owner)
    unsigned = await twilio_posts(proxied_edge, pairs, query=query, signature=twilio_signature(PUBLIC_URL, pairs))

    assert (signed.status_code, unsigned.status_code) == (200, 403)


@pytest.mark.parametrize("signature", ["", "wrong", "=" * 5000])
async def test_forged_signature_is_refused_without_twiml(
    proxied_edge: httpx.AsyncClient, owner: Owner, signature: str
) -> None:
    response = await twilio_posts(proxied_edge, message(owner), signature=signature)

    assert response.status_code == 403
    assert "PUBLIC_BASE_URL" in response.json()["detail"]


async def test_message_without_a_signature_is_refused(proxied_edge: httpx.AsyncClient, owner: Owner) -> None:
    response = await proxied_edge.post("/webhooks/whatsapp", data=dict(message(owner)))

    assert response.status_code == 403


async def test_signature_of_another_token_url_or_body_is_refused(proxied_edge: httpx.AsyncClient, owner: Owner) -> None:
    pairs = message(owner)
    forged = [
        twilio_signature(PUBLIC_URL, pairs, token="another-token"),
        twilio_signature("https://elsewhere.example/webhooks/whatsapp", pairs),
        twilio_signature(f"{str(proxied_edge.base_url).rstrip('/')}/webhooks/whatsapp", pairs),
        twilio_signature(PUBLIC_URL, [*pairs, ("Body", "approve")]),
        twilio_signature(PUBLIC_URL, pairs[:-1]),
    ]
    for signature in forged:
        assert (await twilio_posts(proxied_edge, pairs, signature=signature)).status_code == 403


async def test_without_a_public_url_the_edge_takes_its_own(plain_edge: httpx.AsyncClient, owner: Owner) -> None:
    assert (await twilio_posts(plain_edge, message(owner))).status_code == 200
    assert (await twilio_posts(plain_edge, message(owner), signed_url=PUBLIC_URL)).status_code == 403


async def test_without_a_public_url_a_trusted_proxy_names_scheme_and_host(
    plain_edge: httpx.AsyncClient, untrusting_edge: httpx.AsyncClient, owner: Owner
) -> None:
    as_proxied = {"Host": "public.example", "X_Forwarded_Proto": "https"}

    trusted = await twilio_posts(plain_edge, message(owner), signed_url=PUBLIC_URL, **as_proxied)
    untrusted = await twilio_posts(untrusting_edge, message(owner), signed_url=PUBLIC_URL, **as_proxied)

    assert (trusted.status_code, untrusted.status_code) == (200, 403)


async def test_stranger_gets_an_empty_response(plain_edge: httpx.AsyncClient, owner: Owner) -> None:
    response = await twilio_posts(plain_edge, message(owner))

    assert response.text.endswith(EMPTY)


@pytest.mark.parametrize("pairs", [[], [("From", "whatsapp:+15550009999")]])
async def test_signed_message_that_lacks_a_field_is_answered_with_nothing(
    plain_edge: httpx.AsyncClient, pairs: Pairs
) -> None:
    response = await twilio_posts(plain_edge, pairs)

    assert response.status_code == 200
    assert response.text.endswith(EMPTY)


async def test_strangers_form_that_is_cut_anew_decides_nothing_for_the_owner(
    stack: Stack, proxied_edge: httpx.AsyncClient, owner: Owner
) -> None:
    """The signature is Twilio's own for the stranger's message; only the field names are moved."""
    candidate = await asked(stack, "whatsapp", owner)
    stranger, sid = Owner().whatsapp, f"SM{uuid4().hex}"
    said = f"approve {candidate['id']}From{owner.whatsapp}H"
    genuine = [("Body", said), ("From", stranger), ("MessageSid", sid), ("ProfileName", "Ann")]
    recut = [*message_as(owner, candidate["id"]), ("HFrom", stranger), ("MessageSid", sid), ("ProfileName", "Ann")]
    signature = twilio_signature(PUBLIC_URL, genuine)
    assert signature == twilio_signature(PUBLIC_URL, recut)

    answer = await twilio_posts(proxied_edge, recut, signature=signature)

    assert answer.status_code == 403
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None


def message_as(owner: Owner, candidate_id: str) -> Pairs:
    return [("Body", f"approve {candidate_id}"), ("From", owner.whatsapp)]


@pytest.mark.parametrize("pairs", [[("MessageSid", "SM1")], [("From", "x")], [("", "")]])
async def test_signed_form_that_twilio_never_sends_is_refused(plain_edge: httpx.AsyncClient, pairs: Pairs) -> None:
    response = await twilio_posts(plain_edge, pairs)

    assert response.status_code == 403
    assert "PUBLIC_BASE_URL" not in response.json()["detail"]
