"""deploy/kubernetes: what the API server would refuse, and what only shows in a cluster."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.platforms.given import DEPLOY, manifests
from tests.harness.endpoints import HIDDEN, PUBLIC
from tests.harness.schemas import assert_kubernetes_takes

FOLDER = DEPLOY / "kubernetes"
FOUND = {(one["kind"], one["metadata"]["name"]): one for one in manifests()}
PODS = {name: one["spec"]["template"]["spec"] for (kind, name), one in FOUND.items() if kind in {"Deployment", "Job"}}
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("manifest", FOUND.values(), ids=["/".join(key) for key in FOUND])
def test_manifest_is_what_the_api_takes(manifest: dict[str, Any]) -> None:
    assert_kubernetes_takes(manifest)


@pytest.mark.parametrize("name", PODS)
def test_pod_meets_the_restricted_standard_and_writes_nothing(name: str) -> None:
    pod = PODS[name]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["serviceAccountName"] == "approval-gateway"
    assert FOUND["Namespace", "approval-gateway"]["metadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "restricted"
    }


@pytest.mark.parametrize("role", ["api", "worker"])
def test_selectors_budgets_and_autoscalers_name_the_pods_that_are_there(role: str) -> None:
    name = f"approval-gateway-{role}"
    spec = FOUND["Deployment", name]["spec"]
    labels = {"app.kubernetes.io/name": name}

    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == labels
    assert FOUND["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"] == labels
    assert all(spread["labelSelector"]["matchLabels"] == labels for spread in PODS[name]["topologySpreadConstraints"])
    assert FOUND["HorizontalPodAutoscaler", name]["spec"]["scaleTargetRef"]["name"] == name
    assert "replicas" not in spec
    assert PODS[name]["containers"][0]["resources"]["requests"]["cpu"]


def test_running_api_is_not_taken_away_when_temporal_is() -> None:
    (container,) = PODS["approval-gateway-api"]["containers"]
    asked = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}

    assert asked == {"startupProbe": "/readyz", "readinessProbe": "/healthz", "livenessProbe": "/healthz"}


def test_ingress_reaches_the_api_and_leaves_inside_what_is_not_public() -> None:
    paths = FOUND["Ingress", "approval-gateway-api"]["spec"]["rules"][0]["http"]["paths"]
    (port,) = FOUND["Service", "approval-gateway-api"]["spec"]["ports"]

    def passes(asked: str) -> bool:
        return any(
            asked == path["path"] or (path["pathType"] == "Prefix" and asked.startswith(f"{path['path']}/"))
            for path in paths
        )

    assert {path["path"] for path in paths if path["pathType"] == "Prefix"} == {"/candidate", "/webhooks"}
    assert {path: passes(path) for path in [*PUBLIC, *HIDDEN]} == dict.fromkeys(PUBLIC, True) | dict.fromkeys(
        HIDDEN, False
    )
    assert {path["backend"]["service"]["name"] for path in paths} == {"approval-gateway-api"}
    assert FOUND["Service", "approval-gateway-api"]["spec"]["selector"] == {
        "app.kubernetes.io/name": "approval-gateway-api"
    }
    assert port["targetPort"] in {one["name"] for one in PODS["approval-gateway-api"]["containers"][0]["ports"]}


def test_policies_let_in_the_ports_that_are_there_and_out_what_the_settings_name() -> None:
    settings = FOUND["ConfigMap", "approval-gateway"]["data"]
    (api,) = FOUND["NetworkPolicy", "into-the-api"]["spec"]["ingress"]
    (worker,) = FOUND["NetworkPolicy", "into-the-worker"]["spec"]["ingress"]
    (_, out) = FOUND["NetworkPolicy", "out-of-the-gateway"]["spec"]["egress"]

    assert FOUND["NetworkPolicy", "nothing-by-default"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert [port["port"] for port in api["ports"]] == [int(settings["PORT"])]
    assert [port["port"] for port in worker["ports"]] == [int(settings["METRICS_PORT"])]
    assert int(settings["TEMPORAL_ADDRESS"].rpartition(":")[2]) in {port["port"] for port in out["ports"]}


def test_verbs_of_the_guide_name_deployments_and_containers_that_are_there() -> None:
    deployments = re.findall(r"deployment/([\w-]+)", GUIDE)
    containers = re.findall(r"set image deployment/([\w-]+) (\w+)=", GUIDE)

    assert set(deployments) == PODS.keys() - {"setup-temporal"}
    assert containers
    for deployment, container in containers:
        assert PODS[deployment]["containers"][0]["name"] == container


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl renders the kustomization, and is not installed")
def test_kustomization_renders_what_the_api_takes_with_a_certificate_in_every_pod(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "kubernetes")
    file = folder / "kustomization.yaml"
    commented = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^# (components:|  - mtls)", r"\1", commented, flags=re.MULTILINE), encoding="utf-8")
    rendered = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, timeout=60)  # noqa: S603, S607  # ours
    made = list(yaml.safe_load_all(rendered.stdout))

    assert len(made) == len(FOUND)
    for manifest in made:
        assert_kubernetes_takes(manifest)
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "approval-gateway"
        if manifest["kind"] in {"Deployment", "Job"}:
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            assert container["image"].startswith("registry.example.com/")
            assert [one["name"] for one in container["env"]] == [
                "TEMPORAL_TLS_CLIENT_CERT_PATH",
                "TEMPORAL_TLS_CLIENT_KEY_PATH",
            ]
