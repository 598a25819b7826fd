"""The gateway's settings, from the environment. Errors name every problem, and show no value."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from textwrap import indent
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.config import environment, secret_files
from adapters.config.brand_display import BrandName, TimeZone
from adapters.config.brands import Brands, BrandsFileError
from adapters.config.brands_file import Globals, Refill, Spacing
from adapters.config.problems import ProblemsError
from adapters.config.secret_settings import EncryptionKeys, IssuedSecret, IssuedSecrets, Secrets, SigningKeys, listed
from adapters.config.setting_types import (
    AccountSid,
    BaseUrl,
    BuildId,
    ContentSid,
    IMessageAddress,
    ListeningAddresses,
    Origins,
    Port,
    ProxyAddresses,
    Recipients,
    RedisUrl,
    Url,
    WhatsAppAddress,
)
from adapters.core import DecisionFormat, signing_key
from adapters.http import proxies
from adapters.logs import LogFormat
from adapters.redis.slots import Limits
from adapters.temporal.payload_encryption import encryption_key
from adapters.twilio.messages import API_BASE_URL
from domain.candidate import Approver
from domain.channels import Channel
from domain.identifiers import subscription_mark
from domain.owners.recipients import AllowedRecipients
from domain.sending.content_kinds import ContentKind

_TWILIO = {"twilio_account_sid", "twilio_auth_token", "twilio_wa_number"}
_DEVELOPMENT = "development-only"
_CONFIGURATION_ERROR = 2
_IPV6 = 6
_Kind = TypeVar("_Kind", bound="EncryptionSettings")


def _given(secret: SecretStr | str) -> SecretStr | str:
    if not secret:
        raise ValueError("is required with the other TWILIO_ variables")
    return secret


class Versioning(StrEnum):
    """Which version continues a candidate once a newer one is current: the newer, or its first."""

    AUTO_UPGRADE = "auto_upgrade"
    PINNED = "pinned"


class EncryptionSettings(BaseSettings):
    """The settings, besides TEMPORAL_*, of a command that reads and signals candidates."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, hide_input_in_errors=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _sound(cls, given: object) -> object:
        """Rejects values that are never valid; they must not count as an absent setting."""
        if isinstance(given, str) and environment.is_quoted(given):
            raise ValueError(environment.QUOTED)
        if isinstance(given, str) and given and not listed(given):
            raise ValueError("contains only commas and blanks")
        return given

    payload_encryption_keys: EncryptionKeys = SecretStr("")

    @property
    def encryption_keys(self) -> dict[str, bytes]:
        """Keys for payloads in Temporal, by id.

        The first one encrypts; without keys, nothing is encrypted.
        """
        return dict(encryption_key(part) for part in listed(self.payload_encryption_keys))


class SearchSettings(EncryptionSettings):
    """The settings of a command that finds an owner's candidates."""

    webhook_signing_secret: Secrets

    @property
    def core_secrets(self) -> list[str]:
        """Secrets for core's authentication and owners' hashes; the first is the current one."""
        return listed(self.webhook_signing_secret)


class Settings(SearchSettings):
    """One field per variable of env.example; an empty variable counts as absent."""

    port: Port = 8080
    host: ListeningAddresses = "127.0.0.1,::1"
    forwarded_allow_ips: ProxyAddresses = "127.0.0.1,::1"
    public_base_url: BaseUrl | None = None

    redis_url: RedisUrl = SecretStr("redis://localhost:6379/0")

    codec_secrets: Secrets | None = None
    codec_cors_origins: Origins = ""

    core_decision_webhook: Url
    core_decision_webhook_signing_secret: IssuedSecret = SecretStr("")
    core_decision_webhook_signing_key: SigningKeys = SecretStr("")
    core_decision_webhook_format: DecisionFormat = DecisionFormat.STRICT

    twilio_account_sid: Annotated[AccountSid, BeforeValidator(_given)] | None = None
    twilio_auth_token: Annotated[IssuedSecrets, BeforeValidator(_given)] | None = None
    twilio_wa_number: Annotated[WhatsAppAddress, BeforeValidator(_given)] | None = None
    twilio_content_sid: ContentSid | None = None
    twilio_cut_content_sid: ContentSid | None = None
    twilio_session_content_sid: ContentSid | None = None
    twilio_buttons_content_sid: ContentSid | None = None
    twilio_api_base_url: BaseUrl = API_BASE_URL
    owner_wa_number: WhatsAppAddress | None = None

    photon_base_url: BaseUrl | None = None
    photon_webhook_secret: Secrets | None = None
    photon_to: IMessageAddress | None = None

    recipients_allowed: Recipients = ""

    wa_bucket_capacity: PositiveInt = 5
    wa_bucket_refill_per_min: Refill = 1
    imsg_bucket_capacity: PositiveInt = 5
    imsg_bucket_refill_per_min: Refill = 1
    min_spacing_sec: Spacing = 20
    recipient_spacing_sec: Spacing = 6
    recipient_bucket_capacity: PositiveInt | None = None
    recipient_bucket_refill_per_hour: Refill | None = None
    brand_name: BrandName | None = None
    time_zone: TimeZone | None = None
    brands_file: Path | None = None
    client_requests_per_min: PositiveInt = 6000

    metrics_port: Port | None = None
    log_format: LogFormat | None = None

    worker_build_id: BuildId | None = None
    worker_versioning: Versioning = Versioning.AUTO_UPGRADE

    @model_validator(mode="before")
    @classmethod
    def _demand_companions(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Sets missing companions to "", so that they are reported with all other problems."""
        demanded = _TWILIO if _TWILIO & given.keys() else set()
        if "photon_base_url" in given:
            demanded = demanded | {"photon_webhook_secret"}
        return dict.fromkeys(demanded, "") | given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Rejects problems that concern several variables, one line each."""
        found = chain(self._not_apart(), self._nobody_may_ask(), self._not_callable_by_twilio(), self._of_brands())
        if problems := list(dict.fromkeys(found)):
            raise ValueError("\n".join(problems))
        return self

    def _not_apart(self) -> Iterator[str]:
        """Yields secrets with two purposes.

        Someone who has it for one purpose could use it for the other.
        """
        holders: dict[str, str] = {}
        for name, value in self:
            for secret in set(listed(value)) if isinstance(value, SecretStr) else ():
                if (other := holders.setdefault(secret, name)) != name:
                    yield f"{other.upper()} and {name.upper()} must not share a secret"
                if _DEVELOPMENT in secret and (self.public_base_url or "").startswith("https:"):
                    yield f"{name.upper()} is the sample secret of make dev; generate one: openssl rand -hex 32"

    def _nobody_may_ask(self) -> Iterator[str]:
        """Yields fallback owners outside RECIPIENTS_ALLOWED.

        Every candidate without its own owner would be rejected.
        """
        names = {Channel.WHATSAPP: "OWNER_WA_NUMBER", Channel.IMESSAGE: "PHOTON_TO"}
        for channel, owner in self.fallback_owners.items():
            if channel in self.channels and not self.allowed_recipients.allows(owner):
                yield f"{names[channel]} must be among RECIPIENTS_ALLOWED"

    def _not_callable_by_twilio(self) -> Iterator[str]:
        """Yields a host to which Twilio sends no status reports (21609).

        Twilio would reject every prompt that asks for them.
        """
        if self.twilio_account_sid and "_" in (urlsplit(self.public_base_url or "").hostname or ""):
            yield "PUBLIC_BASE_URL must name a host without underscores, because Twilio rejects others"

    def _of_brands(self) -> Iterator[str]:
        try:
            Brands(self.brands_file, self.globals)
        except BrandsFileError as error:
            yield from (f"BRANDS_FILE: {problem}" for problem in error.problems)

    @property
    def allowed_recipients(self) -> AllowedRecipients:
        """The approvers who may be asked; everybody, if none are listed."""
        return AllowedRecipients.parse(self.recipients_allowed)

    @property
    def photon_secrets(self) -> list[str]:
        """Secrets that the sidecar may authenticate with; it is configured with the first."""
        return listed(self.photon_webhook_secret) if self.photon_webhook_secret else []

    @property
    def twilio_tokens(self) -> list[str]:
        """Tokens for Twilio's signatures and for calls.

        A call tries the token that worked last, then the others.
        """
        return listed(self.twilio_auth_token) if self.twilio_auth_token else []

    @property
    def content_sids(self) -> dict[ContentKind, str]:
        """Twilio's sids of the configured messages with buttons."""
        given = {kind: getattr(self, content_sid_setting(kind).lower()) for kind in ContentKind}
        return {kind: sid for kind, sid in given.items() if sid}

    @property
    def has_buttons(self) -> bool:
        """Whether a message with buttons can follow a text prompt."""
        return ContentKind.BUTTONS in self.content_sids

    @property
    def codec_access(self) -> list[str]:
        """Secrets that operators may authenticate with at the codec; empty if it is off."""
        return listed(self.codec_secrets) if self.codec_secrets and self.encryption_keys else []

    @property
    def codec_origins(self) -> list[str]:
        return listed(self.codec_cors_origins)

    @property
    def signing_keys(self) -> list[bytes]:
        return [signing_key(key) for key in listed(self.core_decision_webhook_signing_key)]

    @property
    def channels(self) -> list[Channel]:
        """The channels that are switched on."""
        return [
            *([Channel.WHATSAPP] if self.twilio_account_sid else []),
            *([Channel.IMESSAGE] if self.photon_base_url else []),
        ]

    @property
    def fallback_owners(self) -> dict[Channel, Approver]:
        given = {Channel.WHATSAPP: self.owner_wa_number, Channel.IMESSAGE: self.photon_to}
        return {channel: Approver.read(channel, address) for channel, address in given.items() if address}

    @property
    def limits(self) -> dict[Channel, Limits]:
        spacing = timedelta(seconds=self.min_spacing_sec)
        return {
            Channel.WHATSAPP: Limits(self.wa_bucket_capacity, self.wa_bucket_refill_per_min, spacing),
            Channel.IMESSAGE: Limits(self.imsg_bucket_capacity, self.imsg_bucket_refill_per_min, spacing),
        }

    @property
    def globals(self) -> Globals:
        """The settings that apply to a brand where BRANDS_FILE has no value."""
        return Globals(
            brand_name=self.brand_name,
            time_zone=ZoneInfo(self.time_zone) if self.time_zone else None,
            channels=self.channels,
            fallback_owners=self.fallback_owners,
            allowed=self.allowed_recipients,
            limits=self.limits,
            recipient_capacity=self.recipient_bucket_capacity,
            recipient_refill_per_hour=self.recipient_bucket_refill_per_hour,
            recipient_spacing=timedelta(seconds=self.recipient_spacing_sec),
        )

    @property
    def hosts(self) -> list[str]:
        """The addresses that the api and a worker's metrics listen on."""
        return listed(self.host)

    @property
    def local_url(self) -> str:
        """The api's URL on its own machine; `localhost` can resolve to either family's loopback."""
        listening = [ip_address(host) for host in self.hosts]
        if any(address.is_loopback or address.is_unspecified for address in listening):
            return f"http://localhost:{self.port}"
        first = listening[0]
        return f"http://{f'[{first}]' if first.version == _IPV6 else first}:{self.port}"

    @property
    def imessage_webhook_url(self) -> str:
        """The URL where the sidecar posts messages: on this machine, unless a public URL is set.

        A sidecar that is watching keeps its secret, and compares only the URL. A new secret
        therefore needs a new URL.
        """
        mark = f"?k={subscription_mark(self.photon_secrets[0])}" if self.photon_secrets else ""
        return f"{self.public_base_url or self.local_url}/webhooks/imessage{mark}"


def content_sid_setting(kind: ContentKind) -> str:
    """Returns the name of the variable for the sid of a message with buttons."""
    return "TWILIO_CONTENT_SID" if kind is ContentKind.WHOLE else f"TWILIO_{kind.upper()}_CONTENT_SID"


class SettingsError(ProblemsError):
    """The settings cannot be used. Each problem names its variable."""


def load() -> Settings:
    """Reads the settings, or ends the process with one message that lists every problem."""
    return _load(Settings)


def load_encryption() -> EncryptionSettings:
    """Reads as `load` does, for a command that needs only these."""
    return _load(EncryptionSettings)


def load_search() -> SearchSettings:
    """Reads as `load` does, for a command that looks for an owner."""
    return _load(SearchSettings)


def read(kind: type[_Kind]) -> _Kind:
    """Reads the settings from the environment and SECRETS_DIR; raises SettingsError."""
    names = [name.upper() for name in kind.model_fields]
    environment.tidy(names)
    problems = [*(f"{name}: {environment.QUOTED}" for name in environment.quoted()), *proxies.unusable()]
    try:
        files = secret_files.variables(names)
        given: dict[str, Any] = {name.lower(): value for name, value in files.items()}
        read_settings = kind(**given)
    except OSError as error:
        raise SettingsError([*problems, f"SECRETS_DIR: {error.strerror}: {error.filename}"]) from None
    except ValidationError as error:
        found = [_problem(detail) for detail in error.errors(include_input=False)]
        raise SettingsError([*problems, *(line for problem in found for line in problem.splitlines())]) from None
    if problems:
        raise SettingsError(problems)
    return read_settings


def _load(kind: type[_Kind]) -> _Kind:
    try:
        return read(kind)
    except SettingsError as error:
        listing = indent(str(error), "  ")
        sys.stderr.write(f"The gateway cannot start; fix these settings (see env.example):\n{listing}\n")
        sys.exit(_CONFIGURATION_ERROR)


def _problem(detail: Any) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else ""
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        message = "is required"
    return f"{name}: {message}" if name else message
