"""deploy/kubernetes: mistakes that the API server would reject or that only a cluster shows."""

import re
from typing import Any

import pytest
import yaml

from tests.deploy.platforms.given import DEPLOY, PLATFORMS, manifests
from tests.harness.endpoints import HIDDEN, PUBLIC
from tests.harness.schemas import assert_kubernetes_takes

FOLDER = DEPLOY / "kubernetes"


def pod_of(manifest: dict[str, Any]) -> dict[str, Any]:
    spec = manifest["spec"]
    pod: dict[str, Any] = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
    return pod


FOUND = {(one["kind"], one["metadata"]["name"]): one for one in manifests()}
PODS = {name: pod_of(one) for (kind, name), one in FOUND.items() if kind in {"Deployment", "CronJob"}}


@pytest.mark.parametrize("manifest", FOUND.values(), ids=["/".join(key) for key in FOUND])
def test_api_server_accepts_the_manifest(manifest: dict[str, Any]) -> None:
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
def test_selectors_budgets_and_autoscalers_name_existing_pods(role: str) -> None:
    name = f"approval-gateway-{role}"
    spec = FOUND["Deployment", name]["spec"]
    labels = {"app.kubernetes.io/name": name}

    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == labels
    assert FOUND["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"] == labels
    assert all(spread["labelSelector"]["matchLabels"] == labels for spread in PODS[name]["topologySpreadConstraints"])
    assert FOUND["HorizontalPodAutoscaler", name]["spec"]["scaleTargetRef"]["name"] == name
    assert "replicas" not in spec
    assert PODS[name]["containers"][0]["resources"]["requests"]["cpu"]


@pytest.mark.parametrize(
    ("role", "ready", "alive"), [("api", "/readyz?latched=true", "/healthz"), ("worker", "/readyz", "/metrics")]
)
def test_new_pod_is_ready_once_it_has_reached_temporal_and_none_is_killed_for_its_absence(
    role: str, ready: str, alive: str
) -> None:
    """Otherwise a rollout could succeed with pods that never reach Temporal.

    Replacements could also die during an outage of Temporal.
    """
    (container,) = PODS[f"approval-gateway-{role}"]["containers"]
    asked = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}

    assert asked == {"readinessProbe": ready, "livenessProbe": alive}


@pytest.mark.parametrize("role", ["api", "worker"])
def test_rollout_adds_pods_before_it_removes_any_spreads_them_and_blocks_no_drain(role: str) -> None:
    name = f"approval-gateway-{role}"
    spec = FOUND["Deployment", name]["spec"]

    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert spec["revisionHistoryLimit"] == 5
    assert 0 < spec["minReadySeconds"] < spec["progressDeadlineSeconds"]
    assert [spread["matchLabelKeys"] for spread in PODS[name]["topologySpreadConstraints"]] == [
        ["pod-template-hash"]
    ] * 2
    assert FOUND["PodDisruptionBudget", name]["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize("name", PODS)
def test_last_log_lines_of_a_failed_pod_are_in_its_status(name: str) -> None:
    (container,) = PODS[name]["containers"]

    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_namespace_is_explicit_where_no_kustomization_adds_it() -> None:
    assert FOUND["ServiceAccount", "approval-gateway"]["metadata"]["namespace"] == "approval-gateway"


def test_job_that_prepares_temporal_is_new_for_each_release_ends_in_time_and_keeps_its_log() -> None:
    """A Job cannot be changed, so an apply with a new tag or setting would be refused."""
    job = FOUND["CronJob", "setup-temporal"]["spec"]

    assert "Job" not in {kind for kind, _ in FOUND}
    assert job["suspend"] is True
    assert job["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 600
    assert job["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] >= 3600
    (container,) = PODS["setup-temporal"]["containers"]
    assert [one["secretRef"]["name"] for one in container["envFrom"] if "secretRef" in one] == ["setup-temporal"]


@pytest.mark.parametrize("role", ["api", "worker"])
def test_prometheus_scrapes_each_role_by_its_port_under_the_name_that_the_alerts_know(role: str) -> None:
    (scraped,) = yaml.safe_load((FOLDER / "scrape.yml").read_text(encoding="utf-8"))["scrape_configs"]
    keep, job, _ = scraped["relabel_configs"]
    ports = [port["name"] for port in PODS[f"approval-gateway-{role}"]["containers"][0]["ports"]]
    name = re.fullmatch(job["regex"], f"approval-gateway-{role}")

    assert [port for port in ports if re.fullmatch(keep["regex"], f"approval-gateway-{role};{port}")] == ports
    assert name
    assert f'job="{name[1]}"' in (DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8")


def test_ingress_forwards_only_public_paths_to_the_api() -> None:
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


def test_policies_allow_the_ports_of_the_pods_and_of_the_settings() -> None:
    settings = PLATFORMS["kubernetes"]()["api"].variables
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
