"""The connection to Temporal, by the SDK's own environment configuration."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig, TelemetryFilter

from adapters import secret_files
from adapters.payload_encryption import PayloadEncryption

_LOCAL_SERVER = "localhost:7233"


def runtime(metrics: PrometheusConfig | None = None) -> Runtime:
    """Make the runtime of a process; the SDK's core reports errors only, on standard error."""
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=logging, metrics=metrics, attach_service_name=False))


def data_converter(encryption_keys: Mapping[str, bytes]) -> DataConverter:
    """Give the one form in which Temporal is given, and gives back, what is about a candidate.

    Without keys it encrypts nothing, and still says which key is missing where something is encrypted.
    """
    converter = replace(pydantic_data_converter, payload_codec=PayloadEncryption(encryption_keys))
    if not encryption_keys:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


async def connect(
    encryption_keys: Mapping[str, bytes],
    *,
    lazy: bool,
    on: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Connect as TEMPORAL_* say; a lazy client does so with its first call, so that the edge boots without Temporal."""
    variables = {**os.environ, **secret_files.variables(["TEMPORAL_API_KEY"])}
    configured = ClientConfig.load_client_connect_config(override_env_vars=variables)
    configured.setdefault("target_host", _LOCAL_SERVER)
    return await Client.connect(
        **configured,
        data_converter=data_converter(encryption_keys),
        lazy=lazy,
        interceptors=interceptors,
        runtime=on or runtime(),
    )


def leave(code: int = 0) -> NoReturn:
    """Exit at once: the SDK's threads may crash an interpreter that is on its way out (temporalio/sdk-python#300)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
