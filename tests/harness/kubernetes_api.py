"""The part of Kubernetes' API that kubectl requests before it applies manifests.

It lists the kinds, and has no objects.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_KINDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "v1": [
        ("namespaces", "Namespace"),
        ("serviceaccounts", "ServiceAccount"),
        ("configmaps", "ConfigMap"),
        ("secrets", "Secret"),
        ("services", "Service"),
    ],
    "apps/v1": [("deployments", "Deployment")],
    "batch/v1": [("cronjobs", "CronJob")],
    "policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget")],
    "autoscaling/v2": [("horizontalpodautoscalers", "HorizontalPodAutoscaler")],
    "networking.k8s.io/v1": [("ingresses", "Ingress"), ("networkpolicies", "NetworkPolicy")],
}
_NOT_FOUND = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def _groups() -> list[dict[str, Any]]:
    grouped = [(name, *name.split("/")) for name in _KINDS if "/" in name]
    return [
        {"name": group, "versions": [version], "preferredVersion": version}
        for name, group, number in grouped
        for version in [{"groupVersion": name, "version": number}]
    ]


def _resources(name: str) -> dict[str, Any]:
    resources = [
        {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": kind != "Namespace",
            "kind": kind,
            "verbs": ["get"],
        }
        for plural, kind in _KINDS[name]
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources}


_ANSWERS: Mapping[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()},
    **{f"/apis/{name}" if "/" in name else f"/api/{name}": _resources(name) for name in _KINDS},
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = _ANSWERS.get(self.path.partition("?")[0])
        body = json.dumps(answer or _NOT_FOUND).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the library's name
        """Logs nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serves it while entered; yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
