"""The simulator's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict


def whatsapp_address(value: str) -> str:
    return f"whatsapp:{value}" if value and not value.startswith("whatsapp:") else value


WhatsAppAddress = Annotated[str, BeforeValidator(whatsapp_address)]


class SimulatorSettings(BaseSettings):
    """The gateway's own variables, so that one environment configures both sides."""

    model_config = SettingsConfigDict(frozen=True)

    gateway: str = "http://localhost:8080"
    webhook_overrides: str = ""  # the fragment of the WhatsApp webhook's URL
    data: Path | None = None
    public_base_url: str = ""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_wa_number: WhatsAppAddress = ""
    core_decision_webhook_signing_secret: SecretStr = SecretStr("")
    core_decision_webhook_signing_key: SecretStr = SecretStr("")
    owner_wa_number: WhatsAppAddress = ""
    photon_to: Annotated[str, StringConstraints(to_lower=True)] = ""

    def signed_url(self, path: str) -> str:
        """Returns the URL that a webhook's signature covers: the public one, if it is set."""
        return (self.public_base_url or self.gateway).rstrip("/") + path

    def reachable_url(self, url: str) -> str:
        """Returns the address of `url` on this machine: a public URL leads to the gateway."""
        public = self.public_base_url.rstrip("/")
        if public and url.startswith(f"{public}/"):
            return self.gateway.rstrip("/") + url.removeprefix(public)
        return url
