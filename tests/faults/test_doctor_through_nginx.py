"""The findings of `python -m tools.doctor` for an api behind deploy/nginx."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.harness.nginx import CLIENT_ADDRESS, NAME, Through, needs_nginx, site_of_an_edge
from tests.harness.stack import Stack, load
from tools.doctor import edge_checks
from tools.doctor.findings import Finding

pytestmark = needs_nginx

CLIENT = "93.184.216.34"
"""A public address; nothing is sent there."""

APPENDING = {"X-Forwarded-For $remote_addr": "X-Forwarded-For $proxy_add_x_forwarded_for"}
"""How other proxies pass the client's address."""


@pytest.mark.parametrize(
    ("trusted", "edits", "health", "words"),
    [
        ("127.0.0.1", {}, "ok", f"sees the doctor at {CLIENT}"),
        ("127.0.0.1", APPENDING, "ok", f"sees the doctor at {CLIENT}"),
        ("10.0.0.1", {}, "warning", "sees http from 127.0.0.1"),
        ("*", APPENDING, "warning", "a caller can choose its address"),
    ],
    ids=["right", "right, with a proxy that appends", "not the proxy", "everybody"],
)
async def test_address_that_the_api_reads_from_the_proxy_is_a_finding(
    stack: Stack, tmp_path: Path, trusted: str, edits: Mapping[str, str], health: str, words: str
) -> None:
    here = {"PUBLIC_BASE_URL": f"https://{NAME}", "FORWARDED_ALLOW_IPS": trusted}
    async with site_of_an_edge(stack, tmp_path, here, edits) as (site, _):
        findings = await found(stack, here, Through(site.port, site.trust))

    assert (findings["public_url.proxy"].health, findings["public_url.core_secret"].health) == (health, "ok")
    assert words in findings["public_url.proxy"].says
    assert health == "ok" or "FORWARDED_ALLOW_IPS" in findings["public_url.proxy"].fix


async def found(stack: Stack, here: Mapping[str, str], through: Through) -> dict[str, Finding]:
    async with httpx.AsyncClient(headers={CLIENT_ADDRESS: CLIENT}, transport=through, timeout=15) as http:
        return {f.check: f async for f in edge_checks.check(load({**stack.environment, **here}), http)}
