"""The metrics of Temporal's SDK, and of whatever is counted by its meter: its core serves them itself, by HTTP."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from temporalio.runtime import PrometheusConfig, Runtime

from adapters.temporal.connection import runtime

_LOOPBACK = "127.0.0.1"
_TRIES = 5
_TIMEOUT_SEC = 1.0


@dataclass(frozen=True)
class ServedRuntime:
    """A runtime of the SDK, and where on this machine it serves its metrics."""

    runtime: Runtime
    url: str


def _serving_runtime(address: str, buckets: Mapping[str, Sequence[float]] | None) -> Runtime:
    """Makes a process's runtime, which serves /metrics at an address; raises ValueError if that is taken."""
    return runtime(
        PrometheusConfig(
            address,
            counters_total_suffix=True,
            unit_suffix=True,
            durations_as_seconds=True,
            histogram_bucket_overrides=buckets,
        )
    )


def loopback_runtime(buckets: Mapping[str, Sequence[float]] | None = None) -> ServedRuntime:
    """Makes one that serves this machine alone, on a port that the kernel chooses.

    The SDK takes no socket and does not tell which port it got, so a free one is found first, and again if it is lost.
    """
    for _ in range(_TRIES):
        with socket.socket() as probe:
            probe.bind((_LOOPBACK, 0))
            address = f"{_LOOPBACK}:{probe.getsockname()[1]}"
        try:
            return ServedRuntime(_serving_runtime(address, buckets), f"http://{address}/metrics")
        except ValueError:
            continue
    raise OSError(f"no port of {_LOOPBACK} stays free")


async def fetch(http: httpx.AsyncClient, url: str) -> str:
    """Give what a runtime serves; nothing if it does not answer."""
    try:
        return (await http.get(url, timeout=_TIMEOUT_SEC)).raise_for_status().text
    except httpx.HTTPError:
        return ""
