"""An api that reaches Temporal through HAProxy, which asks for a client certificate."""

from pathlib import Path

import httpx
import pytest

from domain.engine_states import EngineState
from tests.harness.core import Core
from tests.harness.edges import another_edge
from tests.harness.haproxy import haproxy, needs_haproxy
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET, Stack
from tests.harness.tls import Authority

pytestmark = needs_haproxy


async def test_candidate_is_accepted_with_the_right_certificate(stack: Stack, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with haproxy(tmp_path, port_of(stack), authority.issue("server"), authority) as port:
        settings = {**server(authority, port), **authority.issue("client").settings}
        async with another_edge(stack, **settings) as edge, Core(str(edge.base_url), CORE_SECRET) as core:
            candidate = await core.accepted()

    await stack.core.until_state(candidate["id"], "prompted")


@pytest.mark.parametrize("state", [EngineState.NO_CERTIFICATE, EngineState.FOREIGN_CERTIFICATE])
async def test_api_says_why_it_is_refused(stack: Stack, tmp_path: Path, state: EngineState) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    own = {} if state is EngineState.NO_CERTIFICATE else stranger.issue("client").settings
    async with (
        haproxy(tmp_path, port_of(stack), authority.issue("server"), authority) as port,
        another_edge(stack, **server(authority, port), **own) as edge,
    ):
        answer = await until(lambda: edge.get("/readyz"), lambda answer: state.traits.words in answer.text)

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


def port_of(stack: Stack) -> int:
    return int(stack.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])


def server(authority: Authority, port: int) -> dict[str, str]:
    return {
        "TEMPORAL_ADDRESS": f"127.0.0.1:{port}",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.file),
        "PUBLIC_BASE_URL": "",
    }
