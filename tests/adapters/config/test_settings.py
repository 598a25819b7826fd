"""Settings have the contract's defaults, and report all problems at once, without values."""

import asyncio
import base64
import hashlib
import os
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.config.brands import Brands
from adapters.config.secret_strength import weakness
from adapters.config.settings import Settings, SettingsError, read
from adapters.temporal import connection as temporal
from domain.channels import Channel
from domain.errors import EngineMisconfiguredError
from domain.sending.content_kinds import ContentKind
from tests.harness.keys import encryption_keys, secret
from tests.harness.processes import run_python
from tests.harness.rows import each_row
from tests.harness.stack import environment, load

REQUIRED = {"CORE_DECISION_WEBHOOK": "https://core.example/decisions", "WEBHOOK_SIGNING_SECRET": secret("core")}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": secret("twilio")[:32],
    "TWILIO_WA_NUMBER": "whatsapp:+14155238886",
}
PHOTON = {"PHOTON_BASE_URL": "http://sidecar:5173", "PHOTON_WEBHOOK_SECRET": secret("sidecar")}
SOUND = REQUIRED | TWILIO | PHOTON


LISTS = (
    *("CORE_DECISION_WEBHOOK_SIGNING_KEY", "PAYLOAD_ENCRYPTION_KEYS", "RECIPIENTS_ALLOWED", "CODEC_SECRETS"),
    *("CODEC_CORS_ORIGINS", "HOST", "FORWARDED_ALLOW_IPS"),
)
CONTENT_SIDS = (
    *("TWILIO_CONTENT_SID", "TWILIO_CUT_CONTENT_SID"),
    *("TWILIO_SESSION_CONTENT_SID", "TWILIO_BUTTONS_CONTENT_SID"),
)
BASE_URLS = ("PUBLIC_BASE_URL", "PHOTON_BASE_URL", "TWILIO_API_BASE_URL")
UNUSABLE_REDIS = (
    *("/0?protocol=9", "/0?protocol=x", "/0?db=x", "/0?db=-1", "/0?socket_timeout=0", "/0?max_connections=-1"),
    *("/0?max_connections=0", "/0?timeout=-1", "/0?timeout=0", "/0?timeout=nan", "/0?socket_connect_timeout=-1"),
    *("/0?encoding=no", "/0?decode_responses=true", "/0?retry=5", "/0?ssl_cert_reqs=none", "/0?nothing=", "/x"),
)
UNUSABLE_TLS = ("ssl_cert_reqs=no", "ssl_ca_certs=/nowhere", "ssl_certfile=env.example", "ssl_min_version=1")


def key(length: int) -> str:
    return "whsec_" + base64.b64encode(key_bytes(length)).decode()


def key_bytes(length: int) -> bytes:
    return hashlib.shake_128(b"key").digest(length)


def test_defaults_are_the_contracts() -> None:
    settings = load(REQUIRED)

    assert settings.model_dump(exclude={name.lower() for name in REQUIRED}, mode="json") == {
        "port": 8080,
        "host": "127.0.0.1,::1",
        "forwarded_allow_ips": "127.0.0.1,::1",
        "redis_url": "**********",
        "core_decision_webhook_signing_secret": "",
        "core_decision_webhook_signing_key": "",
        "core_decision_webhook_format": "strict",
        "payload_encryption_keys": "",
        "codec_secrets": None,
        "codec_cors_origins": "",
        "twilio_account_sid": None,
        "twilio_auth_token": None,
        "twilio_wa_number": None,
        "twilio_content_sid": None,
        "twilio_cut_content_sid": None,
        "twilio_session_content_sid": None,
        "twilio_buttons_content_sid": None,
        "owner_wa_number": None,
        "photon_base_url": None,
        "photon_to": None,
        "photon_webhook_secret": None,
        "wa_bucket_capacity": 5,
        "wa_bucket_refill_per_min": 1,
        "imsg_bucket_capacity": 5,
        "imsg_bucket_refill_per_min": 1,
        "min_spacing_sec": 20,
        "recipient_spacing_sec": 6,
        "recipients_allowed": "",
        "recipient_bucket_capacity": None,
        "recipient_bucket_refill_per_hour": None,
        "brand_name": None,
        "time_zone": None,
        "brands_file": None,
        "client_requests_per_min": 6000,
        "metrics_port": None,
        "log_format": None,
        "worker_build_id": None,
        "worker_versioning": "auto_upgrade",
        "public_base_url": None,
        "twilio_api_base_url": "https://api.twilio.com",
    }
    assert settings.redis_url.get_secret_value() == "redis://localhost:6379/0"
    assert (settings.channels, settings.fallback_owners, settings.signing_keys) == ([], {}, [])


def test_recipient_may_get_what_several_busy_brands_may_send_unless_its_limits_are_set() -> None:
    busy = environment(
        WA_BUCKET_REFILL_PER_MIN="2", IMSG_BUCKET_REFILL_PER_MIN="1", WA_BUCKET_CAPACITY="10", IMSG_BUCKET_CAPACITY="5"
    )
    unset = {"RECIPIENT_BUCKET_CAPACITY": "", "RECIPIENT_BUCKET_REFILL_PER_HOUR": ""}

    derived, chosen = (Brands(None, load(v).globals).recipient_limits() for v in (busy | unset, busy))

    assert (derived.capacity, derived.refill_per_hour) == (40, 480)
    assert (chosen.capacity, chosen.refill_per_hour) == (1000, 36000)


def every_variable() -> dict[str, str]:
    values = environment(
        HOST="0.0.0.0, ::",
        FORWARDED_ALLOW_IPS="10.0.0.0/8, ::1",
        REDIS_URL="rediss://user:password@redis.example:6380/1",
        **{name: f"HX{n:032x}" for n, name in enumerate(CONTENT_SIDS)},
        PAYLOAD_ENCRYPTION_KEYS=encryption_keys("a"),
        CODEC_SECRETS=secret("codec"),
        CODEC_CORS_ORIGINS="https://ui.example",
        METRICS_PORT="9464",
        LOG_FORMAT="json",
        CORE_DECISION_WEBHOOK_FORMAT="extended",
        WORKER_BUILD_ID="b1",
        WORKER_VERSIONING="pinned",
        RECIPIENTS_ALLOWED="*@example.com, whatsapp:+1*, *@acme.example",
        BRAND_NAME="Acme & Sons",
        TIME_ZONE="America/Mexico_City",
        BRANDS_FILE="brands.example.toml",
    )
    return {name.upper(): values[name.upper()] for name in Settings.model_fields}


def test_contents_are_known_by_their_kinds() -> None:
    given = {name: f"HX{n:032x}" for n, name in enumerate(CONTENT_SIDS) if name != "TWILIO_CUT_CONTENT_SID"}

    assert load(REQUIRED).content_sids == {}
    assert load(REQUIRED | given).content_sids == {
        ContentKind.WHOLE: f"HX{0:032x}",
        ContentKind.SESSION: f"HX{2:032x}",
        ContentKind.BUTTONS: f"HX{3:032x}",
    }


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = every_variable()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    read = Settings()  # type: ignore[call-arg]  # the environment gives the arguments

    shown = {name.upper(): getattr(value, "get_secret_value", lambda v=value: v)() for name, value in read}
    assert {name: str(value).removesuffix(".0") for name, value in shown.items()} == {
        name: values[name] for name in shown
    }


@pytest.mark.parametrize("name", sorted(TWILIO))
def test_twilio_is_configured_in_full_or_not_at_all(name: str) -> None:
    assert load(REQUIRED | TWILIO).channels == [Channel.WHATSAPP]

    with pytest.raises(ValidationError) as missing:
        load(REQUIRED | {other: value for other, value in TWILIO.items() if other != name})
    assert [error["loc"] for error in missing.value.errors()] == [(name.lower(),)]


def test_sound_values_are_taken() -> None:
    """Otherwise the test below would prove nothing."""
    assert load(SOUND).channels == [Channel.WHATSAPP, Channel.IMESSAGE]


@each_row(
    [
        {"WEBHOOK_SIGNING_SECRET": secret("core")[:31]},
        {"WEBHOOK_SIGNING_SECRET": f"{secret('core')},short"},
        {"WEBHOOK_SIGNING_SECRET": " , "},
        {"PHOTON_WEBHOOK_SECRET": None},
        {"PHOTON_WEBHOOK_SECRET": secret("sidecar")[:31]},
        *[{name: f"{secret('another')}, {secret('core')}"} for name in ("PHOTON_WEBHOOK_SECRET", "CODEC_SECRETS")],
        {"CORE_DECISION_WEBHOOK_SIGNING_SECRET": secret("core")},
        {"CORE_DECISION_WEBHOOK_SIGNING_SECRET": "short"},
        {"TWILIO_AUTH_TOKEN": secret("core")},
        *[
            {"PAYLOAD_ENCRYPTION_KEYS": value}
            for value in (
                "x",
                encryption_keys("a")[2:],
                encryption_keys("a")[:-4],
                f"{encryption_keys('a')},{encryption_keys('a')}",
            )
        ],
        {"PAYLOAD_ENCRYPTION_KEYS": f"a:{base64.b64encode(bytes(32)).decode()}"},
        *[
            {"CODEC_CORS_ORIGINS": value}
            for value in ("*", "https://ui.example/", "ui.example", "https://*.example", "https://a,b", "null")
        ],
        *[{"CORE_DECISION_WEBHOOK_SIGNING_KEY": value} for value in (key(23), key(65), key(24)[6:], "whsec_", "x")],
        *[
            {"CORE_DECISION_WEBHOOK_SIGNING_KEY": key(24) + extra}
            for extra in (",x", "*", "=", "\nx", "ä", f",{key(8)}")
        ],
        {"CORE_DECISION_WEBHOOK_SIGNING_KEY": f"{key(25)[:-3]}B=="},
        *[{"CORE_DECISION_WEBHOOK": value} for value in (None, "core", "ftp://core.example")],
        {"REDIS_URL": "http://redis.example"},
        *[{"REDIS_URL": f"redis+sentinel://{rest}"} for rest in ("", "s1:26379", "/gateway", "s1:x/gateway")],
        *[{"REDIS_URL": f"redis+sentinel://{rest}"} for rest in ("s1,,s2/gateway", "s1/gateway/x", "s1/gateway?no=1")],
        *[{"PORT": value} for value in ("70000", "-1", "http")],
        *[{"HOST": value} for value in ("localhost", "127.0.0.1:8080", "[::1]", "*", "10.0.0.0/8")],
        *[{"FORWARDED_ALLOW_IPS": value} for value in ("nginx", "10.0.0.1/8", "10.0.0.1,*", "${CIDR}")],
        *[{"REDIS_URL": f"redis://redis.example:6379{rest}"} for rest in UNUSABLE_REDIS],
        {"REDIS_URL": "redis+sentinel://s1:26379/gateway?max_connections=0"},
        *[{"REDIS_URL": f"rediss://redis.example/0?{option}"} for option in UNUSABLE_TLS],
        *[{"TWILIO_ACCOUNT_SID": value} for value in ("AC123", "SM" + "0" * 32, "AC" + "g" * 32, "AC" + "0" * 33)],
        *[{name: ","} for name in LISTS],
        *[{name: f"https://a.example/{end}"} for name in BASE_URLS for end in ("?a=1", "?", "#a", "#")],
        {"CORE_DECISION_WEBHOOK": "https://core.example/#/decisions"},
        *[{"BRAND_NAME": value} for value in ("a\tb", "a\u2028b", "\u2060", "x" * 61)],
        *[{"TIME_ZONE": value} for value in ("Mexico City", "UTC+2", "/etc/localtime", "America")],
        *[{"MIN_SPACING_SEC": value} for value in ("-1", "inf", "nan", "1e9", "x")],
        *[{"WA_BUCKET_CAPACITY": value} for value in ("0", "-1", "1.5", "x")],
        *[{"IMSG_BUCKET_REFILL_PER_MIN": value} for value in ("0", "-1", "inf", "nan")],
        {"TWILIO_WA_NUMBER": "+14155238886"},
        {"OWNER_WA_NUMBER": "15551234567"},
        {"PHOTON_TO": "nobody"},
        *[{"RECIPIENTS_ALLOWED": value} for value in ("*", "+*", "whatsapp:*@a.com", "whatsapp:+4*9", "a*@b.com", "x")],
        {"RECIPIENTS_ALLOWED": "whatsapp:+49*", "OWNER_WA_NUMBER": "whatsapp:+15551234567"},
        {"RECIPIENTS_ALLOWED": "whatsapp:+15551234567", "PHOTON_TO": "+15551234567"},
        *[{"PUBLIC_BASE_URL": value} for value in ("public.example", "https://an_edge.example")],
        *[{name: value} for name in CONTENT_SIDS for value in ("HX123", "SM0123456789abcdef0123456789abcdef")],
        *[{"WORKER_BUILD_ID": value} for value in (".1", "a:b", "a b", "a" * 129)],
        {"WORKER_VERSIONING": "none"},
    ]
)
def test_unsound_value_is_refused(change: dict[str, Any]) -> None:
    changed = {name: value for name, value in (SOUND | change).items() if value is not None}

    with pytest.raises(ValidationError):
        load(changed)


def test_listed_secrets_and_keys_are_all_taken() -> None:
    settings = load(
        REQUIRED
        | PHOTON
        | {
            "WEBHOOK_SIGNING_SECRET": f"{secret('a')}, {secret('b')},",
            "PHOTON_WEBHOOK_SECRET": f"{secret('d')},{secret('e')}",
            "CODEC_SECRETS": f"{secret('f')},{secret('g')}",
            "CODEC_CORS_ORIGINS": "https://ui.example, http://localhost:8233",
            "PAYLOAD_ENCRYPTION_KEYS": encryption_keys("2026-11", "2025-11"),
            "CORE_DECISION_WEBHOOK_SIGNING_KEY": f"{key(24)}, {key(64)}",
        }
    )

    assert settings.core_secrets == [secret("a"), secret("b")]
    assert settings.photon_secrets == [secret("d"), secret("e")]
    assert settings.codec_access == [secret("f"), secret("g")]
    assert settings.codec_origins == ["https://ui.example", "http://localhost:8233"]
    assert list(settings.encryption_keys) == ["2026-11", "2025-11"]
    assert settings.signing_keys == [key_bytes(24), key_bytes(64)]


@pytest.mark.parametrize(
    ("weak", "says"),
    [
        *[
            (sample, "sample")
            for sample in (
                "changeme" * 4,
                "your_production_token",
                "your-secret-of-at-least-32-characters",
                "$(openssl rand -hex 32) # generate one",
                "replace-me-with-a-real-secret-of-32-characters",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            )
        ],
        *[
            (guessable, "guessed")
            for guessable in (
                "c" * 32,
                "abcdefghijklmnopqrstuvwxyz0123456789",
                "98765432109876543210987654321098",
                "0f3a9c51" * 4,
                "0f3a9c51" * 4 + "0f3",
            )
        ],
    ],
)
@pytest.mark.parametrize("name", ["WEBHOOK_SIGNING_SECRET", "TWILIO_AUTH_TOKEN"])
def test_sample_or_guessable_secret_is_refused(name: str, weak: str, says: str) -> None:
    padded = weak if len(weak) >= 32 else weak.ljust(32, "~")

    with pytest.raises(ValidationError, match=says):
        load(REQUIRED | TWILIO | {name: padded})


def test_published_signing_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="sample"):
        load(REQUIRED | {"CORE_DECISION_WEBHOOK_SIGNING_KEY": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})


def test_secrets_of_make_dev_are_refused_on_a_public_url() -> None:
    development = {"WEBHOOK_SIGNING_SECRET": "development-only-core-secret-0123456789"}
    load(REQUIRED | development | {"PUBLIC_BASE_URL": "http://localhost:8080"})

    with pytest.raises(ValidationError, match="make dev"):
        load(REQUIRED | development | {"PUBLIC_BASE_URL": "https://public.example"})


@given(st.integers(0, 2**256 - 1).map(lambda number: hashlib.sha256(str(number).encode()).hexdigest()[:32]))
def test_random_secret_is_never_taken_for_a_weak_one(random: str) -> None:
    assert weakness(random, shortest=32) is None


def test_urls_to_post_to_are_kept_and_base_urls_take_paths() -> None:
    settings = load(
        REQUIRED
        | {"CORE_DECISION_WEBHOOK": "https://core.example/decisions/", "PUBLIC_BASE_URL": "https://public.example/"}
    )

    assert settings.core_decision_webhook == "https://core.example/decisions/"
    assert settings.imessage_webhook_url == "https://public.example/webhooks/imessage"


@pytest.mark.parametrize(("before", "after"), [(" ", "\n"), ("\t", "\r\n"), ("\n ", "\u00a0")])
def test_blanks_at_the_ends_of_a_setting_are_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    values = every_variable()
    for name, value in {**values, "TEMPORAL_NAMESPACE": "ours", "OTEL_SERVICE_NAME": "ours"}.items():
        monkeypatch.setenv(name, f"{before}{value}{after}")

    assert read(Settings) == load(values)
    assert temporal.configuration().get("namespace") == os.environ["OTEL_SERVICE_NAME"] == "ours"


def test_blank_setting_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*every_variable(), "TEMPORAL_TLS", "TEMPORAL_API_KEY", "SECRETS_DIR"]:
        monkeypatch.setenv(name, REQUIRED.get(name, " \n"))

    assert read(Settings) == load(REQUIRED)
    assert "api_key" not in temporal.configuration()


@pytest.mark.parametrize("quote", ['"', "'"])
def test_setting_in_quotes_is_refused_in_one_line_whatever_it_is(monkeypatch: pytest.MonkeyPatch, quote: str) -> None:
    values = every_variable()
    libraries = ("HTTPS_PROXY", "OTEL_SERVICE_NAME", "TEMPORAL_API_KEY", "no_proxy")
    for name, value in {**values, **dict.fromkeys(libraries, "leak")}.items():
        monkeypatch.setenv(name, f"{quote}{value}{quote}")

    with pytest.raises(SettingsError) as refused:
        read(Settings)

    said = "is in quotes, which would be part of the value; remove them"
    assert sorted(refused.value.problems) == sorted(f"{name}: {said}" for name in [*values, *libraries])


def test_one_of_several_secrets_in_quotes_is_refused_too() -> None:
    with pytest.raises(ValidationError, match="in quotes"):
        load(REQUIRED | TWILIO | {"TWILIO_AUTH_TOKEN": f"{secret('a')}, '{secret('b')}'"})


def test_redis_option_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValidationError, match="has an option with an invalid value"):
        load(REQUIRED | {"REDIS_URL": "redis://:leak@redis.example:6379/0?protocol=9"})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://localhost:8080"),
        ("0.0.0.0,::", "http://localhost:8080"),
        ("192.168.0.5", "http://192.168.0.5:8080"),
        ("fd00::5,192.168.0.5", "http://[fd00::5]:8080"),
    ],
)
def test_sidecar_is_told_an_address_that_the_api_listens_on(host: str, url: str) -> None:
    assert load(REQUIRED | {"HOST": host}).imessage_webhook_url == f"{url}/webhooks/imessage"


async def test_each_process_reports_all_problems_at_once_and_prints_no_value() -> None:
    bad = {
        "PORT": "leak-port",
        "REDIS_URL": "redis+sentinel://user:leak-password@leak-sentinel:26379",
        "WEBHOOK_SIGNING_SECRET": "leak-short",
        "HTTPS_PROXY": "ftp://leak",
        "CORE_DECISION_WEBHOOK": "leak-url",
        "CORE_DECISION_WEBHOOK_SIGNING_KEY": "leak-key",
        "TWILIO_AUTH_TOKEN": "leak-token",
        "PHOTON_BASE_URL": "http://leak-sidecar",
        "WA_BUCKET_CAPACITY": "leak-capacity",
        "OWNER_WA_NUMBER": "leak-number",
        "RECIPIENTS_ALLOWED": "leak@example.com, leak-recipient",
    }
    expected = {*bad, "TWILIO_ACCOUNT_SID", "TWILIO_WA_NUMBER", "PHOTON_WEBHOOK_SECRET"}
    expected -= {"PHOTON_BASE_URL"}

    for code, output in await asyncio.gather(
        *(run_python("-m", module, environment=bad) for module in ("api", "worker"))
    ):
        assert code == 2
        assert {line.strip().partition(":")[0] for line in output.splitlines()[1:]} == expected
        assert "env.example" in output
        assert "leak" not in output
        assert "Traceback" not in output


async def test_file_of_temporals_that_is_missing_stops_each_process_with_one_line() -> None:
    wrong = {**environment(), "TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/client.pem"}
    said = "Temporal's settings cannot be used: TEMPORAL_TLS_CLIENT_CERT_PATH: No such file or directory"

    commands = (["api"], ["worker"], ["tools.candidates", "list"], ["tools.setup_temporal"])
    for code, output in await asyncio.gather(*(run_python("-m", *command, environment=wrong) for command in commands)):
        assert (code, output) == (2, f"{said}: /nowhere/client.pem\n")


async def test_address_of_temporal_that_is_none_stops_a_process_with_one_line() -> None:
    wrong = {**environment(), "TEMPORAL_ADDRESS": "host:99999"}

    code, output = await run_python("-m", "worker", environment=wrong)

    assert (code, output.count("\n")) == (2, 1), output
    assert "TEMPORAL_ADDRESS" in output


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("localhost:7233", True),
        ("temporal.example.com", True),
        ("temporal_1:7233", True),
        ("127.0.0.1:7233", True),
        ("[::1]:7233", True),
        ("[::ffff:10.0.0.1]:1", True),
        ("http://host:7233", False),
        ("http://[", False),
        ("a b:7233", False),
        ("host:99999", False),
        ("host:7233/path", False),
        ("user@host:7233", False),
        ("host:0", False),
        ("host:", False),
        ("::1:7233", False),
        ("[::1%eth0]:7233", False),
        ("[1]:7233", False),
        ("10.0.0.999:7233", False),
        ("host.0x1:7233", False),
        ("h\u00f6st:7233", False),
    ],
)
def test_address_of_temporal_is_a_host_with_or_without_a_port(
    monkeypatch: pytest.MonkeyPatch, address: str, *, is_one: bool
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)

    with nullcontext() if is_one else pytest.raises(EngineMisconfiguredError, match="TEMPORAL_ADDRESS"):
        assert temporal.configuration()["target_host"] == address


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"TEMPORAL_TLS_CLIENT_CERT_DATA": "x"}, "TEMPORAL_TLS_CLIENT_KEY_"),
        ({"TEMPORAL_ADDRESS": "no address"}, "TEMPORAL_ADDRESS"),
        ({"TEMPORAL_PROFILE": "nobodys"}, "nobodys"),
        ({"SECRETS_DIR": "/nowhere"}, "SECRETS_DIR"),
    ],
)
async def test_what_temporals_client_cannot_use_is_named(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], named: str
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(EngineMisconfiguredError, match=named):
        await temporal.connect({}, lazy=False)
