"""Errors say why a connection to Temporal fails, in the words of logs, /readyz and the doctor."""

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
    """A door with no server behind it."""
    async with door(free_port(), authority.issue("server"), authority) as opened:
        yield opened


async def met(entrance: Door, client: Files | None, monkeypatch: pytest.MonkeyPatch) -> EngineUnreachedError:
    for name, value in entrance.settings(client).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineUnreachedError) as unreached:
        await connection.connect({}, lazy=False)
    return unreached.value


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_missing_and_foreign_certificate_are_distinguished_even_if_the_first_alerts_are_lost(
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


async def test_three_possible_causes_are_named_if_every_alert_is_lost(
    entrance: Door, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrance.lost = 100
    unreached = await met(entrance, stranger.issue("x"), monkeypatch)

    assert unreached.state is EngineState.AWAY
    assert all(cause in unreached.reason for cause in ("missing", "expired", "unknown authority"))
    assert entrance.refused > 1, "not retried"


async def test_error_for_an_untrusted_server_names_what_to_change(
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
