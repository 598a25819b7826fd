"""pyproject.toml contains the version; every other file that names it agrees."""

import re
import tomllib

import pytest

from tests.harness.processes import REPOSITORY

VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NAMED = re.compile(r"(?:\b(?:ARG )?VERSION=|newTag: |TAG=|approval-gateway-(?:\w+|\$role):)(\d+\.\d+\.\d+)\b")


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile",
        "docker-compose.prod.yml",
        "deploy/kubernetes/kustomization.yaml",
        "deploy/ecs/README.md",
        "deploy/kubernetes/README.md",
        "deploy/swarm/README.md",
        "deploy/systemd/README.md",
        "docs/deployment.md",
    ],
)
def test_file_that_names_a_version_names_this_one(path: str) -> None:
    named = set(NAMED.findall((REPOSITORY / path).read_text(encoding="utf-8")))

    assert named == {VERSION}
