"""Metrics of Temporal's SDK and those counted with its meter, as the SDK's core serves them."""

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
    """A runtime of the SDK, and the URL of its metrics on this machine."""

    runtime: Runtime
    url: str


def _serving_runtime(address: str, buckets: Mapping[str, Sequence[float]] | None) -> Runtime:
    """Returns a runtime that serves /metrics; raises ValueError if the address is taken."""
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
    """Returns a runtime that serves only this machine, on a port that the kernel chooses.

    The SDK accepts no socket and does not report its port. So a free port is found first, and
    another if somebody else takes it before the SDK does.
    """
    for _ in range(_TRIES):
        with socket.socket() as probe:
            probe.bind((_LOOPBACK, 0))
            address = f"{_LOOPBACK}:{probe.getsockname()[1]}"
        try:
            return ServedRuntime(_serving_runtime(address, buckets), f"http://{address}/metrics")
        except ValueError:
            continue
    raise OSError(f"found no free port on {_LOOPBACK}")


async def fetch(http: httpx.AsyncClient, url: str) -> str:
    """Returns the metrics that a runtime serves; an empty text if it does not answer."""
    try:
        return (await http.get(url, timeout=_TIMEOUT_SEC)).raise_for_status().text
    except httpx.HTTPError:
        return ""
