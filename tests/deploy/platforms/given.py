"""The roles on each platform, read from the files in deploy/ into one form."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import yaml

from tests.harness.processes import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
FOLDERS = ("railway", "render", "fly", "ecs", "kubernetes", "swarm", "nginx", "systemd")
FILES = [DEPLOY / "README.md", *(file for name in FOLDERS for file in (DEPLOY / name).rglob("*.*") if file.is_file())]
SECRETS = frozenset(
    re.findall(
        r"^([A-Z_]+)=",
        (DEPLOY / "README.md").read_text(encoding="utf-8").partition("<<EOF")[2].partition("\nEOF")[0],
        re.MULTILINE,
    )
)
"""The names in the guides' file of secrets, which most platforms pass to every role."""


@dataclass(frozen=True)
class PlatformRole:
    """How a platform runs one role."""

    command: Sequence[str]
    variables: Mapping[str, str]
    secrets: frozenset[str]
    patience: float
    """Seconds from SIGTERM to SIGKILL."""
    checks: frozenset[tuple[int, str]]
    """Ports and paths that the platform, or its load balancer, requests from a running instance."""
    instances: int


Roles = Mapping[str, PlatformRole]


def railway(*names: str) -> Roles:
    lines = (DEPLOY / "railway/variables.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines)
    references = {name for name, value in given.items() if value.startswith("${{")}
    variables = {name: value for name, value in given.items() if name not in references}

    def role(name: str) -> PlatformRole:
        deploy = json.loads((DEPLOY / f"railway/{name}.json").read_text(encoding="utf-8"))["deploy"]
        checked = {(int(given["PORT"]), deploy["healthcheckPath"])} if "healthcheckPath" in deploy else set()
        return PlatformRole(
            deploy["startCommand"].split(),
            variables,
            SECRETS | references,
            deploy["drainingSeconds"],
            frozenset(checked),
            0 if deploy["sleepApplication"] else deploy["numReplicas"],
        )

    return {name: role(name) for name in names}


def render(file: str) -> Roles:
    blueprint = yaml.safe_load((DEPLOY / "render" / file).read_text(encoding="utf-8"))
    groups = {group["name"]: group["envVars"] for group in blueprint["envVarGroups"]}

    def role(service: dict[str, Any]) -> PlatformRole:
        given = [one for entry in service["envVars"] for one in groups.get(entry.get("fromGroup"), [entry])]
        variables = {one["key"]: one["value"] for one in given if "value" in one}
        checked = {(int(variables["PORT"]), service["healthCheckPath"])} if service["type"] == "web" else set()
        return PlatformRole(
            service["dockerCommand"].split(),
            variables,
            frozenset(one["key"] for one in given) - variables.keys(),
            service["maxShutdownDelaySeconds"],
            frozenset(checked),
            service["numInstances"],
        )

    run = [service for service in blueprint["services"] if "dockerCommand" in service]
    return {service["dockerCommand"].split()[-1]: role(service) for service in run}


def fly(file: str) -> Roles:
    app = tomllib.loads((DEPLOY / "fly" / file).read_text(encoding="utf-8"))
    http = app["http_service"]
    (asked,) = http["processes"]
    checks = {
        asked: frozenset((http["internal_port"], check["path"]) for check in http["checks"]),
        **{name: frozenset({(check["port"], check["path"])}) for name, check in app.get("checks", {}).items()},
    }
    return {
        name: PlatformRole(
            command.split(), app["env"], SECRETS, app["kill_timeout"], checks[name], http["min_machines_running"]
        )
        for name, command in app["processes"].items()
    }


def ecs() -> Roles:
    balanced = _json("ecs/target-group.json")

    def role(name: str) -> PlatformRole:
        (container,) = _json(f"ecs/{name}.task.json")["containerDefinitions"]
        asked = re.findall(r"127\.0\.0\.1:(\d+)(/[\w?=]+)", container["healthCheck"]["command"][-1])
        checks = {(int(port), path) for port, path in asked}
        if "loadBalancers" in (service := _json(f"ecs/{name}.service.json")):
            checks |= {(balanced["Port"], balanced["HealthCheckPath"])}
        return PlatformRole(
            container["command"],
            {variable["name"]: variable["value"] for variable in container["environment"]},
            frozenset(secret["name"] for secret in container["secrets"]),
            container["stopTimeout"],
            frozenset(checks),
            service["desiredCount"],
        )

    return {name: role(name) for name in ("api", "worker")}


def kubernetes() -> Roles:
    found = {(one["kind"], one["metadata"]["name"]): one for one in manifests()}
    lines = (DEPLOY / "kubernetes/settings.env").read_text(encoding="utf-8").splitlines()
    variables = dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def role(name: str) -> PlatformRole:
        pod = found["Deployment", f"approval-gateway-{name}"]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        asked = [probe["httpGet"] for key, probe in container.items() if key in {"readinessProbe", "livenessProbe"}]
        patience = pod["terminationGracePeriodSeconds"]
        if "lifecycle" in container:
            patience -= container["lifecycle"]["preStop"]["sleep"]["seconds"]
        return PlatformRole(
            container["command"],
            variables,
            SECRETS,
            patience,
            frozenset((ports[probe["port"]], probe["path"]) for probe in asked),
            found["HorizontalPodAutoscaler", f"approval-gateway-{name}"]["spec"]["minReplicas"],
        )

    return {name: role(name) for name in ("api", "worker")}


def manifests() -> list[dict[str, Any]]:
    """Returns the unrendered manifests of the kustomization and of its component for the Job."""
    folder = DEPLOY / "kubernetes"
    named = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    named.append("setup/cronjob.yaml")
    return [one for name in named for one in yaml.safe_load_all((folder / name).read_text(encoding="utf-8")) if one]


def _json(path: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DEPLOY / path).read_text(encoding="utf-8"))
    return read


PLATFORMS: Mapping[str, Callable[[], Roles]] = {
    "railway": partial(railway, "api", "worker"),
    "railway, one process": partial(railway, "standalone"),
    "render": partial(render, "render.yaml"),
    "render, one process": partial(render, "standalone.yaml"),
    "fly": partial(fly, "fly.toml"),
    "fly, one process": partial(fly, "standalone.toml"),
    "ecs": ecs,
    "kubernetes": kubernetes,
}
