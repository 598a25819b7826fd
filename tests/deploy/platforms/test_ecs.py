"""deploy/ecs: mistakes that the AWS SDK would reject, or that would appear only in the account."""

import json
import re
import string
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from tests.deploy.platforms.given import DEPLOY, SECRETS
from tests.harness.endpoints import HIDDEN, PUBLIC

ECS = DEPLOY / "ecs"
RULES = ("not-public.rule.json", "no-pages.rule.json")
MOST_PATHS = 3
"""The limit of one condition, from the load balancer's documentation."""
REQUESTS = {
    "api.task.json": ("ecs", "RegisterTaskDefinition"),
    "worker.task.json": ("ecs", "RegisterTaskDefinition"),
    "api.service.json": ("ecs", "CreateService"),
    "worker.service.json": ("ecs", "CreateService"),
    "target-group.json": ("elbv2", "CreateTargetGroup"),
    "listener-http.json": ("elbv2", "CreateListener"),
    "listener-https.json": ("elbv2", "CreateListener"),
    **dict.fromkeys(RULES, ("elbv2", "CreateRule")),
}
POLICIES = {"execution-role.policy.json", "execution-role.trust.json"}
FILLED = dict.fromkeys(re.findall(r"\b([A-Z_]+)=", (ECS / "README.md").read_text(encoding="utf-8")), "filled-in")
"""The variables that the guide sets and the files contain."""


def read(name: str) -> dict[str, Any]:
    """Fills in a file as the guide does; fails for a variable that the guide does not set."""
    filled: dict[str, Any] = json.loads(string.Template((ECS / name).read_text(encoding="utf-8")).substitute(FILLED))
    return filled


def unknown(given: Any, shape: Any, where: str = "") -> list[str]:
    """Returns what the service's model does not know.

    The SDK drops some of it and sends the rest.
    """
    if shape.type_name == "structure" and isinstance(given, dict):
        return [f"{where}.{key}" for key in given.keys() - shape.members.keys()] + [
            path
            for key, value in given.items()
            if key in shape.members
            for path in unknown(value, shape.members[key], f"{where}.{key}")
        ]
    if shape.type_name == "list" and isinstance(given, list):
        return [path for value in given for path in unknown(value, shape.member, where)]
    enum = getattr(shape, "enum", None)
    return [f"{where}: {given}"] if enum and given not in enum else []


def test_every_file_is_checked() -> None:
    assert {file.name for file in ECS.glob("*.json")} == REQUESTS.keys() | POLICIES


@pytest.mark.parametrize("name", REQUESTS)
def test_sdk_accepts_the_requests(name: str) -> None:
    service, operation = REQUESTS[name]
    shape = get_session().get_service_model(service).operation_model(operation).input_shape

    assert ParamValidator().validate(read(name), shape).generate_report() == ""
    assert unknown(read(name), shape) == []


@pytest.mark.parametrize("role", ["api", "worker"])
def test_task_writes_nothing_has_no_role_and_reads_existing_secrets(role: str) -> None:
    task = read(f"{role}.task.json")
    (container,) = task["containerDefinitions"]

    assert "taskRoleArn" not in task
    assert container["user"] == "10001:10001"
    assert container["readonlyRootFilesystem"]
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    for secret in container["secrets"]:
        assert secret["valueFrom"] == f"filled-in:{secret['name']}::"
        assert secret["name"] in SECRETS


def test_balancer_service_and_container_agree() -> None:
    (container,) = read("api.task.json")["containerDefinitions"]
    (balanced,) = read("api.service.json")["loadBalancers"]
    port = next(variable["value"] for variable in container["environment"] if variable["name"] == "PORT")

    assert balanced["containerName"] == container["name"]
    assert {container["portMappings"][0]["containerPort"], balanced["containerPort"]} == {int(port)}
    for role in ("api", "worker"):
        assert read(f"{role}.service.json")["taskDefinition"] == read(f"{role}.task.json")["family"]
        assert read(f"{role}.task.json")["executionRoleArn"].endswith("role/approval-gateway-execution")


def test_balancer_forwards_only_public_paths() -> None:
    rules = [read(rule) for rule in RULES]
    patterns = [rule["Conditions"][0]["PathPatternConfig"]["Values"] for rule in rules]
    asked = [*PUBLIC, *HIDDEN, "/static-offline-docs/swagger-ui.css"]
    closed = {path for path in asked if any(fnmatchcase(path, one) for values in patterns for one in values)}

    assert closed == {*HIDDEN, "/static-offline-docs/swagger-ui.css"}
    assert [rule["Actions"][0]["FixedResponseConfig"] for rule in rules] == [{"StatusCode": "404"}] * len(rules)
    assert len({rule["Priority"] for rule in rules}) == len(rules)
    assert max(map(len, patterns)) <= MOST_PATHS
    for rule in RULES:
        assert rule.removesuffix(".rule.json") in (ECS / "README.md").read_text(encoding="utf-8")


def test_file_of_secrets_becomes_the_one_secret_with_a_key_for_each(tmp_path: Path) -> None:
    (command,) = re.findall(r"^(python3 -c .+)$", (ECS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    (tmp_path / "gateway-secrets.env").write_text("".join(f"{name}=a=b c\n" for name in SECRETS), encoding="utf-8")
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    subprocess.run(["bash", "-euc", command], env=environment, check=True)  # noqa: S603, S607  # the guide's

    made = json.loads((tmp_path / "gateway-secrets.json").read_text(encoding="utf-8"))
    assert made == dict.fromkeys(SECRETS, "a=b c")


def test_role_allows_only_what_starts_a_task() -> None:
    statements = read("execution-role.policy.json")["Statement"]
    allowed = {action: one["Resource"] for one in statements for action in listed(one["Action"])}

    assert allowed.keys() == {
        *(
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
        *("secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents"),
    }
    assert {action for action, resource in allowed.items() if resource == "*"} == {"ecr:GetAuthorizationToken"}
    (trust,) = read("execution-role.trust.json")["Statement"]
    assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}


def listed(one: str | list[str]) -> list[str]:
    return [one] if isinstance(one, str) else one
