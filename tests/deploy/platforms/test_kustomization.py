"""What kustomize renders from deploy/kubernetes, and which changes cause a rollout."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.platforms.given import DEPLOY
from tests.harness.kubernetes_api import served
from tests.harness.schemas import assert_kubernetes_takes

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")

COMPONENTS = ("setup", "private-ca", "mtls", "brands")
SECRETS = "WEBHOOK_SIGNING_SECRET=a=b c\nTEMPORAL_API_KEY=\nREDIS_URL=rediss://redis.internal:6380/0\n"
Manifests = dict[tuple[str, str], dict[str, Any]]
Render = Callable[..., Manifests]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a copy of the files with an operator's additions."""
    copy = shutil.copytree(DEPLOY / "kubernetes", tmp_path / "kubernetes", dirs_exist_ok=True)
    (copy / "secrets.env").write_text(SECRETS, encoding="utf-8")
    (copy / "setup/secrets.env").write_text("TEMPORAL_API_KEY=of-an-administrator\n", encoding="utf-8")
    (copy / "private-ca/ca.crt").write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
    (copy / "brands/brands.toml").write_text("# end\n", encoding="utf-8")
    return copy


def rendered(folder: Path, components: Sequence[str] = ()) -> Manifests:
    file = folder / "kustomization.yaml"
    for line in ("components:", *(f"  - {name}" for name in components)) if components else ():
        file.write_text(file.read_text("utf-8").replace(f"# {line}", line), encoding="utf-8")
    made = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True)  # noqa: S603, S607  # ours
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(made.stdout)}


def pods(made: Manifests) -> dict[str, dict[str, Any]]:
    deployed = {name: one["spec"]["template"]["spec"] for (kind, name), one in made.items() if kind == "Deployment"}
    jobs = {name: one["spec"]["jobTemplate"]["spec"] for (kind, name), one in made.items() if kind == "CronJob"}
    return deployed | {name: job["template"]["spec"] for name, job in jobs.items()}


def sources(pod: dict[str, Any]) -> tuple[str, str]:
    """Returns the ConfigMap and the Secret that a pod takes its variables from."""
    settings, secrets = pod["containers"][0]["envFrom"]
    return settings["configMapRef"]["name"], secrets["secretRef"]["name"]


@pytest.mark.parametrize("components", [(), ("setup",), COMPONENTS], ids=["bare", "setup", "all"])
def test_api_server_accepts_the_rendered_manifests_all_in_the_gateways_namespace(
    folder: Path, components: Sequence[str]
) -> None:
    made = rendered(folder, components)

    for (kind, _), manifest in made.items():
        assert_kubernetes_takes(manifest)
        assert kind == "Namespace" or manifest["metadata"]["namespace"] == "approval-gateway"
        assert manifest["metadata"]["labels"]["app.kubernetes.io/part-of"] == "approval-gateway"
    assert "Job" not in {kind for kind, _ in made}
    for pod in pods(made).values():
        assert ("ConfigMap", sources(pod)[0]) in made
        assert ("Secret", sources(pod)[1]) in made


def test_one_tag_sets_every_image(folder: Path) -> None:
    file = folder / "kustomization.yaml"
    file.write_text(re.sub(r"newTag: .+", "newTag: 9.8.7", file.read_text("utf-8")), "utf-8")
    made = pods(rendered(folder, COMPONENTS))

    assert {name: pod["containers"][0]["image"].rpartition("/")[2] for name, pod in made.items()} == {
        "approval-gateway-api": "approval-gateway-api:9.8.7",
        "approval-gateway-worker": "approval-gateway-worker:9.8.7",
        "setup-temporal": "approval-gateway-worker:9.8.7",
    }


@pytest.mark.parametrize(
    ("file", "changed", "kind"),
    [("settings.env", "MIN_SPACING_SEC=7\n", 0), ("secrets.env", "TWILIO_AUTH_TOKEN=x\n", 1)],
)
def test_changed_setting_causes_a_rollout_and_the_old_one_stays_for_a_rollback(
    folder: Path, file: str, changed: str, kind: int
) -> None:
    before = rendered(folder)
    with (folder / file).open("a", encoding="utf-8") as appended:
        appended.write(changed)
    after = rendered(folder)

    for name, pod in pods(after).items():
        old, new = sources(pods(before)[name]), sources(pod)
        assert old[kind] != new[kind]
        assert old[1 - kind] == new[1 - kind]


def test_secret_that_is_removed_from_the_file_is_gone(folder: Path) -> None:
    before = rendered(folder)
    (folder / "secrets.env").write_text(SECRETS.replace("TEMPORAL_API_KEY=\n", ""), encoding="utf-8")
    after = rendered(folder)

    (old,), (new,) = [[one for (kind, _), one in made.items() if kind == "Secret"] for made in (before, after)]
    assert old["data"].keys() - new["data"].keys() == {"TEMPORAL_API_KEY"}
    assert old["metadata"]["name"] != new["metadata"]["name"]


def test_components_add_to_each_other(folder: Path) -> None:
    made = pods(rendered(folder, COMPONENTS))

    for role in ("api", "worker"):
        (container,) = made[f"approval-gateway-{role}"]["containers"]
        mounted = {"temporal-ca", "temporal-client", "brands"}
        assert {volume["name"] for volume in made[f"approval-gateway-{role}"]["volumes"]} == mounted
        assert {mount["name"] for mount in container["volumeMounts"]} == mounted
        assert {variable["name"] for variable in container["env"]} == {
            "BRANDS_FILE",
            "TEMPORAL_TLS_CLIENT_CERT_PATH",
            "TEMPORAL_TLS_CLIENT_KEY_PATH",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        }
        assert container["readinessProbe"]
    (secret,) = [volume["secret"] for volume in made["setup-temporal"]["volumes"] if "secret" in volume]
    assert secret["secretName"] == "temporal-admin"


@pytest.mark.parametrize("components", [("private-ca",), COMPONENTS], ids=["alone", "all"])
def test_every_pod_trusts_the_authority_of_ones_own_temporal(folder: Path, components: Sequence[str]) -> None:
    made = rendered(folder, components)

    for pod in pods(made).values():
        (container,) = pod["containers"]
        (name,) = [one["configMap"]["name"] for one in pod["volumes"] if one["name"] == "temporal-ca"]
        (mount,) = [one["mountPath"] for one in container["volumeMounts"] if one["name"] == "temporal-ca"]
        (file,) = made["ConfigMap", name]["data"]
        trusted = {"name": "TEMPORAL_TLS_SERVER_CA_CERT_PATH", "value": f"{mount}/{file}"}
        assert trusted in container["env"]
        assert name != "temporal-ca", "a changed authority is a rollout"


def test_brands_file_keeps_its_name_so_that_pods_follow_it(folder: Path) -> None:
    made = rendered(folder, ["brands"])

    assert made["ConfigMap", "brands"]["data"] == {"brands.toml": "# end\n"}
    assert pods(made)["approval-gateway-api"]["volumes"] == [{"name": "brands", "configMap": {"name": "brands"}}]


def test_tidying_keeps_what_an_existing_object_names(folder: Path, tmp_path: Path) -> None:
    """The script's expression runs on the rendered manifests instead of a cluster's."""
    made = rendered(folder, COMPONENTS)
    named = evaluated(folder / "tidy.sh", "deployments", made, {"Deployment", "CronJob"}, tmp_path)

    generated = {name for kind, name in made if kind in {"ConfigMap", "Secret"}}
    assert set(named) == generated | {"temporal-client", "temporal-admin"}


def test_release_waits_for_as_many_pods_as_the_autoscalers_start_at_least(folder: Path, tmp_path: Path) -> None:
    least = evaluated(
        folder / "release.sh", "horizontalpodautoscaler", rendered(folder), {"HorizontalPodAutoscaler"}, tmp_path
    )

    assert least == ["2", "2"]


def evaluated(script: Path, asked: str, made: Manifests, kinds: set[str], folder: Path) -> list[str]:
    """Returns what a script's expression for the objects `asked` finds in the rendered ones."""
    file = folder / "made.yaml"
    looked_at = [one for (kind, _), one in made.items() if kind in kinds]
    file.write_text(yaml.safe_dump_all(looked_at), encoding="utf-8")
    (expression,) = re.findall(rf"get \"?{asked}[^']+--output='(jsonpath=.+?)'", script.read_text("utf-8"))
    command = ["kubectl", "label", "--local", "--filename", str(file), "a=b", "--output", f"{expression} "]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603  # ours


def test_steps_of_a_release_are_the_settings_the_workers_and_the_apis_and_leave_nothing_out(
    folder: Path, tmp_path: Path
) -> None:
    """The selectors of release.sh run with kubectl's dry run."""
    made = rendered(folder, COMPONENTS)
    worker, api = "approval-gateway-worker", "approval-gateway-api"
    script = (folder / "release.sh").read_text("utf-8").replace("$worker", worker).replace("$api", api)
    of_role, settings = re.findall(r'--selector="([^"]+)"', script)

    with served() as url:

        def applied(selector: str) -> list[str]:
            options = [
                f"--selector={selector}",
                "--dry-run=client",
                "--validate=false",
                f"--server={url}",
                "--output=name",
            ]
            command = ["kubectl", "apply", f"--kustomize={folder}", *options]
            environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603  # ours
            return [line.partition("/")[0].partition(".")[0] for line in done.stdout.splitlines()]

        prepared, of_workers, of_apis = (
            applied(selector) for selector in (settings, of_role.replace("$1", worker), of_role.replace("$1", api))
        )

    assert set(prepared) == {"namespace", "serviceaccount", "configmap", "secret", "cronjob", "networkpolicy"}
    assert set(of_workers) == {"deployment", "horizontalpodautoscaler", "poddisruptionbudget"}
    assert set(of_apis) == {*of_workers, "service", "ingress"}
    assert len(prepared) + len(of_workers) + len(of_apis) == len(made)
