"""release.sh and tidy.sh of deploy/kubernetes, run with a kubectl that records its arguments."""

import os
import re
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.platforms.given import DEPLOY

KUBECTL = """#!/bin/sh
echo "$*" >> "{folder}/told"
case "$*" in
  "kustomize "*) echo "kind: {kind}" ;;
  *" create job "*) echo job.batch/setup-temporal-1 ;;
  *" get job.batch/setup-temporal-1 "*) echo "{conditions}" ;;
  *" get deployments,"*) echo "approval-gateway-new approval-gateway-old temporal-client" ;;
  *" get configmaps,secrets "*) echo "{made}" ;;
  *" get horizontalpodautoscaler/"*) echo 2 ;;
  *" get deployment/"*) echo $(($(grep -c " get deployment/" "{folder}/told"))) ;;
  *" rollout status deployment/{failing}") exit 1 ;;
esac
"""
MADE = "configmap/approval-gateway-new secret/approval-gateway-old secret/approval-gateway-older"
ROLES = "app.kubernetes.io/name notin (approval-gateway-worker, approval-gateway-api)"
WORKER, API = "approval-gateway-worker", "approval-gateway-api"


@dataclass(frozen=True)
class Ran:
    code: int
    told: Sequence[str]


def run(
    script: str,
    folder: Path,
    *arguments: str,
    kind: str = "CronJob",
    conditions: str = "Complete",
    failing: str = "none",
) -> Ran:
    kubectl = folder / "kubectl"
    kubectl.write_text(
        KUBECTL.format(folder=folder, kind=kind, conditions=conditions, failing=failing, made=MADE), encoding="utf-8"
    )
    kubectl.chmod(kubectl.stat().st_mode | stat.S_IXUSR)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = ["sh", str(DEPLOY / "kubernetes" / script), *arguments]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True)  # noqa: S603  # ours
    told = (folder / "told").read_text(encoding="utf-8").replace(f"{DEPLOY}/kubernetes", ".").splitlines()
    return Ran(ended.returncode, [line.removeprefix("--namespace approval-gateway ") for line in told])


def changes(ran: Ran) -> list[str]:
    """Returns the commands that change something or wait."""
    return [line for line in ran.told if line.startswith(("apply", "create", "rollout", "delete"))]


def test_release_prepares_temporal_then_replaces_the_workers_then_the_apis(tmp_path: Path) -> None:
    ran = run("release.sh", tmp_path)

    settings, job, *rest = changes(ran)
    assert ran.code == 0
    assert settings == f"apply --kustomize . --selector={ROLES}"
    assert job.startswith("create job setup-temporal-")
    assert job.endswith("--from=cronjob/setup-temporal --output=name")
    assert rest == [
        f"apply --kustomize . --selector=app.kubernetes.io/name={WORKER}",
        f"rollout status deployment/{WORKER}",
        f"apply --kustomize . --selector=app.kubernetes.io/name={API}",
        f"rollout status deployment/{API}",
    ]
    looks = f"get deployment/{WORKER} --output=jsonpath={{.spec.replicas}}"
    assert [line for line in ran.told if line == looks] == [looks] * 2, "until the autoscaler has raised it from one"


def test_way_back_prepares_nothing_and_begins_with_the_apis(tmp_path: Path) -> None:
    _, *rest = changes(run("release.sh", tmp_path, "back"))

    assert rest == [
        f"apply --kustomize . --selector=app.kubernetes.io/name={API}",
        f"rollout status deployment/{API}",
        f"apply --kustomize . --selector=app.kubernetes.io/name={WORKER}",
        f"rollout status deployment/{WORKER}",
    ]


@pytest.mark.parametrize("conditions", ["Failed", "FailureTarget Failed"])
def test_release_replaces_nothing_if_temporal_cannot_be_prepared(tmp_path: Path, conditions: str) -> None:
    ran = run("release.sh", tmp_path, conditions=conditions)

    assert ran.code == 1
    assert [line.split()[0] for line in changes(ran)] == ["apply", "create"]
    assert "logs job.batch/setup-temporal-1" in ran.told


def test_release_leaves_the_apis_if_the_workers_do_not_become_ready(tmp_path: Path) -> None:
    ran = run("release.sh", tmp_path, failing=WORKER)

    assert ran.code != 0
    assert changes(ran)[-1] == f"rollout status deployment/{WORKER}"


def test_release_runs_no_job_without_the_component(tmp_path: Path) -> None:
    assert not [line for line in run("release.sh", tmp_path, kind="Deployment").told if "job" in line]


def test_tidying_deletes_only_what_nothing_names(tmp_path: Path) -> None:
    assert changes(run("tidy.sh", tmp_path)) == ["delete secret/approval-gateway-older"]


def test_commands_of_the_guide_name_what_exists() -> None:
    guide = (DEPLOY / "kubernetes/README.md").read_text(encoding="utf-8")
    run = re.findall(r"deploy/kubernetes/(\w+\.sh)", guide)

    assert set(re.findall(r"deployment/([\w-]+)", guide)) <= {WORKER, API}
    assert set(run) == {file.name for file in (DEPLOY / "kubernetes").glob("*.sh")}
    assert "set image" not in guide
