"""Why no connection to Temporal can be made, in the words that logs, /readyz and the doctor use."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.temporal import connection
from domain.engine_states import EngineState
from domain.errors import EngineUnreachedError
from tests.harness.processes import free_port
from tests.harness.tls import Authority, Files
from tests.harness.tls_door import Door, door


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "stranger")


@pytest.fixture
async def entrance(authority: Authority) -> AsyncIterator[Door]:
    """Nothing is behind it."""
    async with door(free_port(), authority.issue("server"), authority) as opened:
        yield opened


async def met(entrance: Door, client: Files | None, monkeypatch: pytest.MonkeyPatch) -> EngineUnreachedError:
    for name, value in entrance.settings(client).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineUnreachedError) as unreached:
        await connection.connect({}, lazy=False)
    return unreached.value


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_no_and_a_foreign_certificate_are_told_apart_though_the_reason_is_lost_at_first(
    entrance: Door, stranger: Authority, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    for client, state in {
        None: EngineState.NO_CERTIFICATE,
        stranger.issue("x"): EngineState.FOREIGN_CERTIFICATE,
    }.items():
        entrance.lost = lost
        unreached = await met(entrance, client, monkeypatch)
        assert unreached.state is state
        assert str(unreached).startswith(f"{state.traits.words}: ")


async def test_where_the_reason_is_never_heard_the_three_causes_are_named(
    entrance: Door, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrance.lost = 100
    unreached = await met(entrance, stranger.issue("x"), monkeypatch)

    assert unreached.state is EngineState.AWAY
    assert all(
        cause in unreached.reason for cause in ("want of a client cert", "authority that it does not", "expired")
    )
    assert entrance.refused > 1, "not tried again"


async def test_server_that_is_not_trusted_is_named_with_what_to_change(
    entrance: Door, authority: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = authority.issue("client")
    for server, word in {
        stranger.issue("foreign"): "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        authority.issue("other", host="temporal.example.com"): "TEMPORAL_TLS_SERVER_NAME",
        authority.issue("old", lasts=timedelta(seconds=-1)): "expired",
    }.items():
        entrance.server = server
        unreached = await met(entrance, client, monkeypatch)
        assert unreached.state is EngineState.UNTRUSTED_SERVER
        assert word in unreached.reason
