"""env.example documents every setting, and no other."""

import re

from adapters.config.settings import Settings
from tests.harness.env_example import DOCUMENTED, LINES, VARIABLE, VARIABLES
from tests.harness.keys import encryption_keys, secret
from tests.harness.rows import each_row
from tests.harness.stack import load

TEMPORAL = {
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_API_KEY",
    "TEMPORAL_TLS",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "TEMPORAL_TLS_SERVER_NAME",
}
BESIDES = {"SECRETS_DIR", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
"""Where settings come from, and what docker-compose.yml's own servers need."""
PROXIES = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}
OPENTELEMETRY = {
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
}


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    settings = {name.upper() for name in Settings.model_fields}

    assert settings | TEMPORAL | OPENTELEMETRY | BESIDES | PROXIES == DOCUMENTED


@each_row(sorted(DOCUMENTED))
def test_each_variable_follows_a_comment_of_its_own(name: str) -> None:
    first = next(i for i, line in enumerate(LINES) if (match := VARIABLE.fullmatch(line)) and match["name"] == name)

    assert re.match(r"# \S.*", LINES[first - 1])


def test_no_secret_has_a_value() -> None:
    with_values = {variable["name"] for variable in VARIABLES if variable["value"] and not variable["off"]}

    assert not [name for name in with_values if re.search("SECRET|TOKEN|KEY|SID|PASSWORD", name)]


def test_values_are_valid_once_the_secrets_are_filled_in() -> None:
    given = {variable["name"]: variable["value"] for variable in VARIABLES if variable["value"]}
    secrets = {
        name: secret(name)
        for name in ("WEBHOOK_SIGNING_SECRET", "PHOTON_WEBHOOK_SECRET", "TWILIO_AUTH_TOKEN", "CODEC_SECRETS")
    }
    secrets["CORE_DECISION_WEBHOOK_SIGNING_KEY"] = "whsec_cHJvYmFibHktcmFuZG9tLWJ5dGVzLTE3"
    secrets["CORE_DECISION_WEBHOOK_SIGNING_SECRET"] = "as-core-gave-it-to-us"
    secrets["PAYLOAD_ENCRYPTION_KEYS"] = encryption_keys("a")

    settings = load(given | secrets)

    assert len(settings.channels) == len(settings.fallback_owners) == 2
