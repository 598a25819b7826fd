"""The connection to Redis: each fault has its own message; a private authority can be trusted."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.redis.connection import connect
from adapters.redis.failures import RedisFault
from tests.harness.processes import free_port, run_python
from tests.harness.stack import environment, load
from tests.harness.tls import Authority, terminating
from tests.harness.valkeys import server, server_url
from tools.doctor import redis_checks
from tools.doctor.findings import Finding, Health

PASSWORD = "a-password-of-the-tests"


@dataclass(frozen=True)
class Servers:
    """The ports of a server without TLS but with a password, and of several proxies with TLS."""

    ports: dict[str, int]
    trusting: str

    def url(self, scheme: str, name: str, user: str = f":{PASSWORD}@", options: str = "") -> str:
        return f"{scheme}://{user}127.0.0.1:{self.ports[name]}/0{options}"


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    folder = tmp_path_factory.mktemp("tls")
    authority, port = Authority(folder), free_port()
    certificates = {
        "sound": authority.issue("sound"),
        "expired": authority.issue("expired", lasts=timedelta(days=-1)),
        "elsewhere": authority.issue("elsewhere", host="elsewhere.example"),
    }
    valkey = server(folder, port)
    async with AsyncExitStack() as running:
        running.push_async_callback(valkey.kill)
        await valkey.start()
        async with connect(server_url(port)) as redis:
            await redis.config_set("requirepass", PASSWORD)
        ports = {
            name: await running.enter_async_context(terminating(port, files)) for name, files in certificates.items()
        }
        strict = await running.enter_async_context(terminating(port, certificates["sound"], clients_of=authority))
        nowhere = {"clear": port, "strict": strict, "nowhere": free_port()}
        yield Servers({**ports, **nowhere}, f"?ssl_ca_certs={authority.file}")


async def found(url: str) -> dict[str, Finding]:
    return {finding.check: finding async for finding in redis_checks.check(load(environment(REDIS_URL=url)))}


FAULTS: dict[str, Callable[[Servers], str]] = {
    RedisFault.HOST: lambda _: "redis://no-such-host.invalid:6379/0",
    RedisFault.REFUSED: lambda s: s.url("redis", "nowhere"),
    RedisFault.UNTRUSTED: lambda s: s.url("rediss", "sound"),
    RedisFault.EXPIRED: lambda s: s.url("rediss", "expired", options=s.trusting),
    RedisFault.ANOTHER_NAME: lambda s: s.url("rediss", "elsewhere", options=s.trusting),
    RedisFault.PASSWORD: lambda s: s.url("redis", "clear", user=":another@"),
    "asks for a password": lambda s: s.url("redis", "clear", user=""),
    RedisFault.DATABASE: lambda s: s.url("redis", "clear").replace("/0", "/99"),
    RedisFault.CLOSED: lambda s: s.url("redis", "sound"),
    RedisFault.SILENT: lambda s: s.url("rediss", "clear"),
    "asks for a certificate": lambda s: s.url("rediss", "strict", options=s.trusting),
    "sentinel that asks for a password": lambda s: f"redis+sentinel://:{PASSWORD}@127.0.0.1:{s.ports['clear']}/gateway",
}
SAID: dict[str, set[str]] = {
    "asks for a password": {RedisFault.PASSWORD},
    "asks for a certificate": {RedisFault.CLOSED, RedisFault.TLS},  # with TLS 1.3, the refusal races the first request
    "sentinel that asks for a password": {RedisFault.PASSWORD},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_doctor_distinguishes_faults_of_the_connection(servers: Servers, fault: str) -> None:
    findings = await found(FAULTS[fault](servers))

    connection = findings["redis.connection"]
    assert connection.health is Health.PROBLEM
    assert [said for said in SAID.get(fault, {fault}) if said in connection.says] != []
    assert connection.fix != "start Redis, or correct REDIS_URL"
    assert PASSWORD not in str(findings)


async def test_redis_with_a_private_authority_is_trusted_through_a_file(servers: Servers) -> None:
    findings = await found(servers.url("rediss", "sound", options=servers.trusting))

    assert {finding.health for finding in findings.values()} == {Health.OK}


async def test_missing_file_of_an_authority_stops_the_start_with_its_option() -> None:
    wrong = environment(REDIS_URL="rediss://redis.example.com/0?ssl_ca_certs=/nowhere/ca.pem")

    code, output = await run_python("-m", "worker", environment=wrong)

    assert code == 2
    assert "REDIS_URL: names a file that cannot be read, in ssl_ca_certs" in output
