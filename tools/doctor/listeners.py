"""Ports that are open to the world past the proxy, on a machine without containers.

The doctor reads the machine's sockets: a request to its own public address would pass any firewall.
"""

import struct
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from adapters.config.settings import Settings
from tools.doctor.findings import Finding, warning

_LISTENS = "0A"
_NEIGHBORS: Mapping[int, str] = {7233: "Temporal", 8233: "Temporal's UI", 6379: "Redis", 5432: "PostgreSQL"}


def check(settings: Settings, proc: Path = Path("/proc")) -> list[Finding]:
    """Warns of the gateway's, Temporal's and databases' ports on all addresses or a public one.

    Second instances have the next ports, as in the guides. In a container it finds nothing, because
    there the published ports decide.
    """
    if not _is_machine(proc):
        return []
    known = {settings.port + 1: "PORT of a second api", settings.port: "PORT", **_NEIGHBORS}
    if settings.metrics_port:
        known[settings.metrics_port + 1] = "METRICS_PORT of a second worker"
        known[settings.metrics_port] = "METRICS_PORT"
    exposed = sorted({port for address, port in _listening(proc) if port in known and _is_public(address)})
    if not exposed:
        return []
    named = ", ".join(f"{port} ({known[port]})" for port in exposed)
    says = f"{named}: reachable from everywhere, without the proxy's TLS and limits, unless a firewall closes them"
    return [
        warning(
            "settings.listening",
            says,
            "set HOST=127.0.0.1,::1, bind Temporal and Redis to loopback too, and add a firewall",
        )
    ]


def _is_machine(proc: Path) -> bool:
    """Returns whether process 1 is systemd, and no container's own process."""
    first = proc / "1/comm"
    return first.exists() and first.read_text(encoding="utf-8").strip() == "systemd"


def _listening(proc: Path) -> Iterator[tuple[IPv4Address | IPv6Address, int]]:
    for family in ("tcp", "tcp6"):
        table = proc / "net" / family
        lines = table.read_text(encoding="utf-8").splitlines()[1:] if table.exists() else []
        for _, local, _, state, *_ in map(str.split, lines):
            if state == _LISTENS:
                address, _, port = local.partition(":")
                yield _address(address), int(port, 16)


def _address(text: str) -> IPv4Address | IPv6Address:
    """Reads an address from 32-bit words in the machine's byte order, as the kernel writes it."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    return ip_address(struct.pack(f"={len(words)}I", *words))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_unspecified or address.is_global
