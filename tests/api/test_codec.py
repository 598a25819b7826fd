"""The codec lets operators read encrypted payloads in Temporal's UI and CLI."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from adapters.temporal.payload_encryption import PayloadEncryption
from domain.errors import UnreadablePayloadError
from tests.harness.edges import another_edge
from tests.harness.keys import encryption_keys, secret
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack, load

CURRENT, FORMER = secret("codec"), secret("former codec")
UI, STRANGER = "http://localhost:8233", "https://evil.example"
TEXT = '"Grüße, Ada"'
Payloads = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
async def edge(shared_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    settings = {
        "PAYLOAD_ENCRYPTION_KEYS": encryption_keys("b", "a"),
        "CODEC_SECRETS": f"{CURRENT}, {FORMER}",
        "CODEC_CORS_ORIGINS": UI,
    }
    async with another_edge(shared_stack, **settings) as client:
        yield client


def payloads(*datas: str) -> Payloads:
    encoding = base64.b64encode(b"json/plain").decode()
    return {
        "payloads": [
            {"metadata": {"encoding": encoding}, "data": base64.b64encode(data.encode()).decode()} for data in datas
        ]
    }


def bearer(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


async def convert(edge: httpx.AsyncClient, how: str, body: Payloads, **headers: str) -> Payloads:
    response = await edge.post(f"/codec/{how}", json=body, headers={**bearer(CURRENT), **headers})
    assert response.status_code == 200, response.text
    converted: Payloads = response.json()
    return converted


async def encrypted(keys: str, text: str) -> Payload:
    codec = PayloadEncryption(load_keys(keys))
    [payload] = await codec.encode([Payload(metadata={"encoding": b"json/plain"}, data=text.encode())])
    return payload


def load_keys(keys: str) -> dict[str, bytes]:
    required = {"CORE_DECISION_WEBHOOK": "https://core.example", "WEBHOOK_SIGNING_SECRET": CORE_SECRET}
    return load(required | {"PAYLOAD_ENCRYPTION_KEYS": keys}).encryption_keys


async def test_what_is_encoded_is_unreadable_and_comes_back_as_it_was(edge: httpx.AsyncClient) -> None:
    plain = payloads(TEXT, "{}")

    first, second = await convert(edge, "encode", plain), await convert(edge, "encode", plain)

    assert first["payloads"][0]["data"] != second["payloads"][0]["data"]
    sealed = base64.b64decode(first["payloads"][0]["data"])
    assert TEXT.encode() not in sealed
    assert base64.b64decode(first["payloads"][0]["metadata"]["encryption-key-id"]) == b"b"
    assert await convert(edge, "decode", first, **{"X-Namespace": "default"}) == plain


async def test_what_was_never_encrypted_passes(edge: httpx.AsyncClient) -> None:
    assert await convert(edge, "decode", payloads(TEXT)) == payloads(TEXT)
    assert await convert(edge, "decode", {"payloads": []}) in ({}, {"payloads": []})


@pytest.mark.parametrize("path", ["/codec/decode", "/codec/encode", "/codec/sign-in"])
async def test_only_a_secret_of_the_codecs_own_opens_it(edge: httpx.AsyncClient, path: str) -> None:
    async def status(**options: Any) -> int:
        method = "GET" if path.endswith("sign-in") else "POST"
        body = None if method == "GET" else payloads(TEXT)
        return (await edge.request(method, path, json=body, **options)).status_code

    for accepted in (CURRENT, FORMER):
        assert await status(headers=bearer(accepted)) == 200
        assert await status(auth=("ana", accepted)) == 200
    for refused in (CORE_SECRET, PHOTON_SECRET, CURRENT[:-1], "x", "ü"):
        assert await status(headers={"Authorization": f"Bearer {refused}".encode()}) == 401
        assert await status(auth=("ana", refused)) == 401
    assert await status() == await status(headers={"Authorization": "Basic x"}) == 401


async def test_browser_is_asked_for_the_secret(edge: httpx.AsyncClient) -> None:
    assert (await edge.get("/codec/sign-in")).headers["WWW-Authenticate"].startswith("Basic ")


async def test_codecs_secret_opens_nothing_else(edge: httpx.AsyncClient) -> None:
    assert (await edge.get("/candidate/x", headers=bearer(CURRENT))).status_code == 401
    assert (await edge.post("/webhooks/imessage", json={}, headers=bearer(CURRENT))).status_code == 401


async def test_only_pages_of_the_configured_origin_may_use_it(edge: httpx.AsyncClient) -> None:
    async def preflight(origin: str, path: str = "/codec/decode") -> httpx.Response:
        wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
        return await edge.options(path, headers={"Origin": origin, **wish})

    answer = await preflight(UI)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == UI
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "x-namespace" in answer.headers["Access-Control-Allow-Headers"].lower()
    for origin in (STRANGER, "null", f"{UI}0", UI.replace("http:", "https:")):
        assert "Access-Control-Allow-Origin" not in (await preflight(origin)).headers
    for path in ("/candidate", "/activity"):
        assert "Access-Control-Allow-Origin" not in (await preflight(UI, path)).headers

    for headers, status in ((bearer(CURRENT), 200), (bearer("wrong"), 401)):
        posted = await edge.post("/codec/decode", json=payloads(TEXT), headers={"Origin": UI, **headers})
        assert posted.status_code == status
        assert posted.headers["Access-Control-Allow-Origin"] == UI
        assert "Origin" in posted.headers["Vary"]


async def test_missing_key_is_named(edge: httpx.AsyncClient) -> None:
    lost = await encrypted(encryption_keys("c"), TEXT)
    body = {
        "payloads": [
            {
                "metadata": {name: base64.b64encode(value).decode() for name, value in lost.metadata.items()},
                "data": base64.b64encode(lost.data).decode(),
            }
        ]
    }

    response = await edge.post("/codec/decode", json=body, headers=bearer(CURRENT))

    assert response.status_code == 422
    assert "'c'" in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        *[b"", b"x", b"\xff", b"null", b"[]", b"1", b"[" * 100_000, b'{"payloads": 1}', b'{"payloads": [1]}'],
        *[b'{"payloads": [{"data": 1}]}', b'{"payloads": [{"metadata": []}]}'],
        *[b'{"payloads": [{"metadata": {"encoding": 1}}]}', b'{"payloads": {"a": 1}}', b'{"unknown": 1}'],
        *[b'{"payloads": [null]}', b'{"payloads": "x"}', b'{"payloads": [{"metadata": {"encoding": null}}]}'],
        json.dumps({"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}, "data": "eA=="}]}).encode(),
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_what_are_no_payloads_is_refused(edge: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/codec/decode", "/codec/encode"):
        if b"YmluYXJ5" in body and path.endswith("encode"):
            continue
        response = await edge.post(path, content=body, headers={**bearer(CURRENT), "Content-Type": "application/json"})

        assert response.status_code == 422, response.text


async def test_codec_is_off_without_keys_and_secrets(stack: Stack) -> None:
    assert (await stack.core.http.post("/codec/decode", json=payloads(TEXT))).status_code == 404


@given(data=st.binary(max_size=60), kept=st.integers(0, 200), flipped=st.integers(0, 200))
async def test_tampered_payload_is_never_read(data: bytes, kept: int, flipped: int) -> None:
    codec = PayloadEncryption(load_keys(encryption_keys("a", "b")))
    [sealed] = await codec.encode([Payload(metadata={"encoding": b"binary/plain"}, data=data)])
    cut, changed, renamed = Payload(), Payload(), Payload()
    for copy in (cut, changed, renamed):
        copy.CopyFrom(sealed)
    cut.data = sealed.data[: kept % len(sealed.data)]
    at = flipped % len(sealed.data)
    changed.data = sealed.data[:at] + bytes([sealed.data[at] ^ 1]) + sealed.data[at + 1 :]
    renamed.metadata["encryption-key-id"] = b"b"

    for payload in (cut, changed, renamed):
        with pytest.raises(UnreadablePayloadError):
            await codec.decode([payload])
