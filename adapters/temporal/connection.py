"""Connects to Temporal with the SDK's own environment configuration."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import NoReturn

from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RetryConfig, TLSConfig

from adapters.config import secret_files
from adapters.temporal import tls_files, unreached
from adapters.temporal.payload_converter import SharedPayloadConverter
from adapters.temporal.payload_encryption import PayloadEncryption
from adapters.temporal.tls_files import Part
from adapters.temporal.unreached import Explanation
from adapters.temporal.unreadable_payloads import UnreadablePayloads
from domain.engine_states import EngineState
from domain.errors import EngineMisconfiguredError, MisconfiguredError
from domain.worker_metrics import CERTIFICATE_BEGINS_AT, CERTIFICATE_ENDS_AT

_GIVES_UP_SOON = RetryConfig(max_elapsed_time_millis=2_500)
"""Gives up before the edge stops waiting for a call, so that the last refusal is known.

The SDK's default is 10 s. It retries a throttled call after one, two and four seconds, and checks
the elapsed time before each retry.
"""

_LOCAL_SERVER = "localhost:7233"
_CONFIGURATION_ERROR = 2
_ADDRESS = re.compile(r"(\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9_.\-]+))(:(?P<port>[0-9]{1,5}))?")
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0[xX][0-9A-Fa-f]*)")
_HIGHEST_PORT = 65535


def runtime(metrics: PrometheusConfig | None = None) -> Runtime:
    """Returns a runtime for a process; the SDK's core logs only errors, on standard error."""
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=logging, metrics=metrics, attach_service_name=False))


def data_converter(
    encryption_keys: Mapping[str, bytes], on_unreadable: Callable[[str], None] | None = None
) -> DataConverter:
    """Returns the converter for all payloads about candidates.

    Without keys it encrypts nothing, and still reports which key an encrypted payload needs.
    """
    converter = DataConverter(SharedPayloadConverter, payload_codec=PayloadEncryption(encryption_keys, on_unreadable))
    if not encryption_keys:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


async def connect(
    encryption_keys: Mapping[str, bytes],
    *,
    lazy: bool,
    on: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    identity: str | None = None,
) -> Client:
    """Connects with the settings in TEMPORAL_*.

    A lazy client connects with its first call, so that the edge starts without Temporal. With a
    runtime, whose metrics the process serves, payloads that no key decrypts are counted and logged.

    Raises EngineMisconfiguredError if the settings cannot be used, and EngineUnreachedError if
    Temporal does not answer.
    """
    configured = configuration()
    on_unreadable = None
    if on:
        on_unreadable = UnreadablePayloads(on.metric_meter).met
        _show_certificate(configured, on)
    converter = data_converter(encryption_keys, on_unreadable)

    async def connected() -> Client:
        return await Client.connect(
            **configured,
            data_converter=converter,
            lazy=lazy,
            retry_config=_GIVES_UP_SOON if lazy else None,
            interceptors=interceptors,
            identity=identity,
            runtime=on or runtime(),
        )

    try:
        return await unreached.tried(connected, configured.get("tls"))
    except ValueError as error:  # what the SDK's core cannot parse
        raise _misconfigured(f"TEMPORAL_ADDRESS or TEMPORAL_TLS_*: {error}") from None


def explanation(on: Runtime) -> Explanation:
    """Returns an Explanation of why calls fail, which connects with the files of this moment."""
    configured = configuration()
    tls = configured.get("tls")
    return Explanation(
        (lambda: unreached.tried(lambda: Client.connect(**configured, runtime=on), tls)) if tls else None
    )


def _show_certificate(configured: ClientConnectConfig, on: Runtime) -> None:
    if valid := tls_files.validity(configured.get("tls")):
        for name, moment in ((CERTIFICATE_BEGINS_AT, valid.begins), (CERTIFICATE_ENDS_AT, valid.ends)):
            help_text = "A limit of the client certificate's validity, in seconds since 1970"
            on.metric_meter.create_gauge_float(name, help_text).set(moment.timestamp())


def configuration() -> ClientConnectConfig:
    """Reads TEMPORAL_* and the files that they name; raises EngineMisconfiguredError."""
    variables = dict(os.environ)
    try:
        variables |= secret_files.variables(["TEMPORAL_API_KEY"])
        configured = ClientConfigProfile.load(override_env_vars=variables).to_client_connect_config()
    except OSError as error:
        path = str(error.filename)
        naming = [name for name, value in variables.items() if name.startswith("TEMPORAL_") and value == path]
        raise _misconfigured(
            f"{', '.join(naming) or 'SECRETS_DIR or TEMPORAL_CONFIG_FILE'}: {error.strerror}: {path}"
        ) from None
    except (RuntimeError, ValueError) as error:
        raise _misconfigured(str(error).splitlines()[0]) from None  # further lines quote TEMPORAL_CONFIG_FILE
    tls = configured.get("tls")
    if isinstance(tls, TLSConfig):
        _refuse_faulty(tls, variables)
    configured.setdefault("target_host", _LOCAL_SERVER)
    if not _is_address(configured["target_host"]):
        raise _misconfigured("TEMPORAL_ADDRESS must be host:port, for example temporal.example.com:7233")
    return configured


def _refuse_faulty(tls: TLSConfig, variables: Mapping[str, str]) -> None:
    if (tls.client_cert is None) is not (tls.client_private_key is None):
        raise _misconfigured("set both TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_*, or neither")
    if found := tls_files.problems(tls):
        said = "; ".join(f"{_holder(each.part, variables)}: {each.words}" for each in found)
        raise _misconfigured(said, found[0].state)


def _holder(part: Part, variables: Mapping[str, str]) -> str:
    """Returns the name of the variable that contains a part of TLS or names its file."""
    names = [f"TEMPORAL_TLS_{part}_{ending}" for ending in ("PATH", "DATA")]
    of_profile = f"{part.lower()}_path or {part.lower()}_data of TEMPORAL_CONFIG_FILE's profile"
    return next((name for name in names if variables.get(name)), of_profile)


def _is_address(text: str) -> bool:
    """Returns whether the text is a host, with or without a port.

    The SDK's core accepts more, and fails on some of it only in use.
    """
    address = _ADDRESS.fullmatch(text)
    if address is None or not 1 <= int(address["port"] or 1) <= _HIGHEST_PORT:
        return False
    try:
        if address["ipv6"]:
            IPv6Address(address["ipv6"])
        elif _NUMERIC.fullmatch(address["host"]):
            IPv4Address(address["host"])
    except ValueError:
        return False
    return True


def _misconfigured(what: str, state: EngineState = EngineState.AWAY) -> EngineMisconfiguredError:
    return EngineMisconfiguredError(f"Temporal's settings cannot be used: {what}", state)


def refuse(error: MisconfiguredError) -> NoReturn:
    """Ends the process with a one-line error and the exit code for wrong settings."""
    sys.stderr.write(f"{error}\n")
    leave(_CONFIGURATION_ERROR)


def leave(code: int = 0) -> NoReturn:
    """Exits at once.

    The SDK's threads can crash an interpreter that is shutting down (temporalio/sdk-python#300).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
