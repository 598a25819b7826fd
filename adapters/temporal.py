"""The connection to Temporal, by the SDK's own environment configuration."""

import os
import sys
from typing import NoReturn

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

_LOCAL_SERVER = "localhost:7233"


def _runtime() -> Runtime:
    """Make the runtime of a process; the SDK's core reports errors only, on standard error."""
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=logging))


async def connect(*, lazy: bool) -> Client:
    """Connect as TEMPORAL_* say; a lazy client does so with its first call, so that the edge boots without Temporal."""
    configured = ClientConfig.load_client_connect_config()
    configured.setdefault("target_host", _LOCAL_SERVER)
    return await Client.connect(
        **configured,
        data_converter=pydantic_data_converter,
        lazy=lazy,
        runtime=_runtime(),
    )


def leave(code: int = 0) -> NoReturn:
    """Exit at once: the SDK's threads may crash an interpreter that is on its way out (temporalio/sdk-python#300)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
