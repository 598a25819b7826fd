"""Let's Encrypt's test server, and certbot as a machine with nginx runs it."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.harness.processes import Process, free_port, listen, program
from tests.harness.tls import Authority

_CERTBOT, _PEBBLE, _NAMES = map(program, ("certbot", "pebble", "pebble-challtestsrv"))

needs_certbot = pytest.mark.skipif(
    None in (_CERTBOT, _PEBBLE, _NAMES),
    reason="certbot, pebble or pebble-challtestsrv is not installed; with apt, `make nginx` fetches them",
)


@dataclass(frozen=True)
class AcmeServer:
    """Signs for a name whose port 80, which is another one here, serves the challenge."""

    environment: Mapping[str, str]
    """Makes certbot use this server, and keep everything in the folder of a test."""

    root: str
    """The root of the certificates, in PEM."""


@asynccontextmanager
async def acme_server(folder: Path, http_port: int) -> AsyncIterator[AcmeServer]:
    """Runs pebble, for which every name is this machine's."""
    dns, port, management = free_port(), free_port(), free_port()
    own, authority = f"https://127.0.0.1:{port}/dir", Authority(folder, "authority-of-pebble")
    of_pebble = authority.issue("pebble")
    configuration = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(of_pebble.certificate),
        "privateKey": str(of_pebble.key),
        "httpPort": http_port,
        "tlsPort": free_port(),
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": configuration}), encoding="utf-8")
    no_challenges = ("-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", "")
    names = Process(
        [str(_NAMES), "-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{free_port()}", *no_challenges],
        {},
        "Starting management server",
    )
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=authority.file), timeout=15) as http:
        pebble = Process(
            [str(_PEBBLE), "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"],
            {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"},
            lambda: listen(port, management),
        )
        try:
            await names.start()
            await pebble.start()
            root = (await http.get(f"https://127.0.0.1:{management}/roots/0")).text
            yield AcmeServer(_environment(folder, own, authority), root)
        finally:
            await pebble.kill()
            await names.kill()


def _environment(folder: Path, server: str, authority: Authority) -> dict[str, str]:
    """Writes certbot's configuration, and returns the variables with which certbot reads it."""
    settings = {
        "server": server,
        "config-dir": str(folder / "letsencrypt"),
        "work-dir": str(folder / "work"),
        "logs-dir": str(folder / "logs"),
        "no-random-sleep-on-renew": "true",
    }
    (folder / "config/letsencrypt").mkdir(parents=True)
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "config/letsencrypt/cli.ini").write_text(lines, encoding="utf-8")
    return {"XDG_CONFIG_HOME": str(folder / "config"), "REQUESTS_CA_BUNDLE": str(authority.file)}
