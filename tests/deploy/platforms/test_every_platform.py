"""Rules for the files of every platform in deploy/, checked without the platforms."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.tracing.tracing import Untraced
from api.app import create_app
from api.server import GRACE as EDGE_GRACE
from domain.channels import Channel
from tests.deploy.platforms.given import DEPLOY, FILES, PLATFORMS, SECRETS, PlatformRole, Roles
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY
from tests.harness.stack import environment, load
from worker.app import GRACE as WORKER_GRACE

COMMANDS = [
    json.loads(command)
    for command in re.findall(r"^CMD (.*)$", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
]
LATCH = "/readyz?latched=true"
GRACES = {"api": EDGE_GRACE, "worker": WORKER_GRACE, "standalone": EDGE_GRACE + WORKER_GRACE}


@pytest.fixture(params=PLATFORMS)
def roles(request: pytest.FixtureRequest) -> Roles:
    return PLATFORMS[request.param]()


def edge_of(roles: Roles) -> PlatformRole:
    return roles.get("api") or roles["standalone"]


def sample(name: str) -> str:
    digest = hashlib.sha256(name.encode())
    forms = {
        "REDIS_URL": "rediss://default:0b5e@redis.internal:6380/0",
        "PAYLOAD_ENCRYPTION_KEYS": f"k1:{base64.b64encode(digest.digest()).decode()}",
        "CORE_DECISION_WEBHOOK_SIGNING_KEY": f"whsec_{base64.b64encode(digest.digest()).decode()}",
        "TWILIO_ACCOUNT_SID": f"AC{digest.hexdigest()[:32]}",
    }
    return forms.get(name, digest.hexdigest())


def test_roles_run_as_the_image_would_at_least_two_of_each(roles: Roles) -> None:
    assert roles.keys() in ({"api", "worker"}, {"standalone"})
    for name, role in roles.items():
        assert list(role.command) == ["python", "-m", name]
        assert role.command in COMMANDS
        assert role.instances >= 2


def test_every_variable_is_a_setting(roles: Roles) -> None:
    for role in roles.values():
        assert (role.variables.keys() | role.secrets) - DOCUMENTED == set()


def test_gateway_starts_with_the_variables_of_each_role(roles: Roles) -> None:
    for role in roles.values():
        given = {**role.variables, **{name: sample(name) for name in role.secrets}}
        given = {name: value.replace("${VPC_CIDR}", "10.0.0.0/16") for name, value in given.items()}
        settings = load(given)

        assert settings.channels == [Channel.WHATSAPP]
        assert settings.encryption_keys
        assert settings.public_base_url
        assert given.keys() >= {"REDIS_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}


def test_roles_have_the_same_variables(roles: Roles) -> None:
    for role in roles.values():
        assert role.variables == edge_of(roles).variables
        assert role.secrets == edge_of(roles).secrets


def test_each_role_has_time_to_finish_its_work(roles: Roles) -> None:
    for name, role in roles.items():
        assert role.patience > GRACES[name].total_seconds()


def test_health_checks_stop_a_wrong_setting_and_survive_an_outage_of_temporal(roles: Roles) -> None:
    """Without the latch, an outage of Temporal would remove every instance at once."""
    paths = create_app(load(environment()), Untraced()).openapi()["paths"]
    edge = edge_of(roles)
    for port, path in edge.checks:
        assert port == int(edge.variables["PORT"])
        assert path in (paths.keys() - {"/readyz"}) | {LATCH}
    assert LATCH in {path for _, path in edge.checks}


def test_worker_is_asked_whether_it_has_polled_where_the_platform_can_ask() -> None:
    for name, read in PLATFORMS.items():
        worker = read().get("worker")
        if worker and name != "render":
            assert {port for port, _ in worker.checks} == {int(worker.variables["METRICS_PORT"])}
            assert {"/readyz"} <= {path for _, path in worker.checks} <= {"/metrics", "/readyz"}


def test_trusted_proxies_are_networks(roles: Roles) -> None:
    """Uvicorn reads anything else as a host name, and then trusts nobody."""
    trusted = edge_of(roles).variables["FORWARDED_ALLOW_IPS"]

    assert trusted == "${VPC_CIDR}" or [ip_network(network) for network in trusted.split(",")]


def test_no_secret_is_among_the_plain_variables(roles: Roles) -> None:
    for role in roles.values():
        assert not [name for name in role.variables if name in SECRETS or re.search("SECRET|TOKEN|_KEY|SID", name)]


def test_no_secret_has_a_value_in_a_file() -> None:
    secrets = SECRETS | {name for name in DOCUMENTED if re.search("SECRET|TOKEN|KEYS?$|SID", name)}
    value = re.compile(rf"\b({'|'.join(sorted(secrets))})[\"']?[ \t]*[=:][ \t]*[\"']?[\w+/]{{16,}}")
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert not value.search(text), file
        assert "PRIVATE KEY" not in text


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_gateway_accepts_the_secrets_that_the_guide_makes(tmp_path: Path) -> None:
    (commands,) = re.findall(r"```bash\n([^`]*<<EOF\n[^`]*)```", (DEPLOY / "README.md").read_text(encoding="utf-8"))
    subprocess.run(["bash", "-euc", commands], env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, check=True)  # noqa: S603, S607  # the guide's

    file = tmp_path / "gateway-secrets.env"
    made = dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())
    filled_in = {name: value or sample(name) for name, value in made.items()}
    settings = load({**PLATFORMS["kubernetes"]()["api"].variables, **filled_in})

    assert file.stat().st_mode & 0o077 == 0
    assert settings.encryption_keys.keys() == {"k1"}
    assert len(settings.signing_keys) == 1
