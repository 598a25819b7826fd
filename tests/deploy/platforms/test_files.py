"""The other files in deploy/, checked with a schema, a grammar or a shell."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import crossplane
import pytest
import yaml

from tests.deploy.platforms.given import DEPLOY, FILES, SECRETS, fly
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY
from tests.harness.schemas import problems

NEWER_THAN_CROSSPLANE = "ssl_reject_handshake"
OF_THE_SDK = {
    f"TEMPORAL_TLS_{name}_{form}"
    for name in ("CLIENT_CERT", "CLIENT_KEY", "SERVER_CA_CERT")
    for form in ("PATH", "DATA")
}


def test_fly_meets_the_schema_of_schemastore() -> None:
    schema = json.loads((REPOSITORY / "tests/schemas/fly.json").read_text(encoding="utf-8"))
    app = tomllib.loads(text_of("fly/fly.toml"))

    assert problems(app, schema) == []
    (row,) = re.findall(r"^\| Fly\.io \|.+", text_of("README.md"), re.MULTILINE)
    checked, unchecked = app.keys() & schema["properties"].keys(), app.keys() - schema["properties"].keys()
    named = re.findall(r"`(\w+)`", row)
    assert (set(named[: len(checked)]), set(named[len(checked) :])) == (checked, unchecked)


@pytest.mark.parametrize("file", ["fly.toml", "standalone.toml"])
def test_fly_builds_a_target_and_balances_a_group_that_exist(file: str) -> None:
    text = (DEPLOY / "fly" / file).read_text(encoding="utf-8")
    target = re.findall(r'build-target = "(\w+)"', text)[0]

    assert re.search(rf"^FROM \w+ AS {target}$", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    balanced = {name for group in re.findall(r"processes = \[(.*?)\]", text) for name in json.loads(f"[{group}]")}
    assert balanced == fly(file).keys()
    assert 'auto_stop_machines = "off"' in text


@pytest.mark.parametrize("platform", ["railway", "render"])
def test_platforms_without_targets_build_the_one_dockerfile(platform: str) -> None:
    files = (DEPLOY / platform).glob("*.[jy]*")
    named = [path for file in files for path in re.findall(r'dockerfilePath"?: "?([\w./]+)', file.read_text("utf-8"))]

    assert [REPOSITORY / path for path in named] == [REPOSITORY / "Dockerfile"] * 3


def test_worker_on_render_takes_the_variables_from_the_api_that_are_entered_there() -> None:
    """Render ignores a variable in a group if its value is entered by hand."""
    blueprint: dict[str, Any] = yaml.safe_load((DEPLOY / "render/render.yaml").read_text(encoding="utf-8"))
    services = {service["name"]: service for service in blueprint["services"]}
    asked = {one["key"] for one in services["approval-gateway-api"]["envVars"] if one.get("sync") is False}
    taken = {
        one["key"]: one["fromService"]
        for one in services["approval-gateway-worker"]["envVars"]
        if "envVarKey" in one.get("fromService", {})
    }

    assert taken == {key: {"type": "web", "name": "approval-gateway-api", "envVarKey": key} for key in asked}
    assert not [one for group in blueprint["envVarGroups"] for one in group["envVars"] if "sync" in one]
    assert [service["type"] for service in blueprint["services"]] == ["web", "worker", "keyvalue"]


@pytest.mark.parametrize("services", ["gateway", "api worker"])
def test_commands_of_the_railway_guide_set_every_variable_of_each_service(services: str, tmp_path: Path) -> None:
    """The guide's loop runs unchanged; `railway` is a script that records its arguments."""
    guide = text_of("railway/README.md")
    (loop,) = re.findall(r"```bash\n(?:SERVICES=gateway\n)(for service in .*?)```", guide, re.DOTALL)
    (tmp_path / "gateway-secrets.env").write_text("".join(f"{name}=a=b c\n" for name in sorted(SECRETS)), "utf-8")
    railway = tmp_path / "railway"
    railway.write_text(f'#!/bin/sh\nprintf "%s %s=%s\\n" "$6" "$3" "$(cat)" >> {tmp_path}/told\n', "utf-8")
    railway.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "SERVICES": services}
    subprocess.run(["bash", "-euc", loop], env=environment, cwd=REPOSITORY, check=True)  # noqa: S603, S607  # the guide's

    told = set((tmp_path / "told").read_text("utf-8").splitlines())
    plain = text_of("railway/variables.env").splitlines()
    secret = [f"{name}=a=b c" for name in SECRETS - {"REDIS_URL"}]
    assert told == {f"{service} {line}" for service in services.split() for line in [*plain, *secret]}


def test_variables_that_files_and_guides_name_exist() -> None:
    ours = DOCUMENTED | OF_THE_SDK
    families = {name.partition("_")[0] for name in ours if "_" in name} - {"CLIENT"}
    variable = re.compile(rf"\b(?:{'|'.join(sorted(families))})_[A-Z_]+\b")
    named = {(name, file) for file in FILES for name in variable.findall(file.read_text(encoding="utf-8"))}

    assert [(name, file) for name, file in named if name not in ours] == []


def test_nginx_accepts_the_site(tmp_path: Path) -> None:
    """The maps are left out, because crossplane reads their lines as directives."""
    main = tmp_path / "nginx.conf"
    sites = "".join(text_of(f"nginx/{site}.conf") for site in ("acme", "approval-gateway"))
    without_maps = re.sub(r"^map .+?^}\n", "", sites, flags=re.MULTILINE | re.DOTALL)
    main.write_text(f"events {{}}\nhttp {{\n{without_maps}}}\n", encoding="utf-8")
    parsed = crossplane.parse(str(main), strict=True, combine=True)

    assert [error["error"] for error in parsed["errors"] if NEWER_THAN_CROSSPLANE not in str(error["error"])] == []


def text_of(path: str) -> str:
    return (DEPLOY / path).read_text(encoding="utf-8")
