"""The public CI and pre-commit run what contributors run: `.ci/run` and `make lint`."""

import json
import os
import re
from importlib import resources
from typing import Any

import yaml

from tests.harness.processes import REPOSITORY
from tests.harness.schemas import problems


def parsed(path: str) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8"))
    return document


def test_workflow_meets_the_schema_of_github() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json"
    # YAML 1.1 reads the key `on` as true, and GitHub does not.
    workflow = {"on" if key is True else key: value for key, value in parsed(".github/workflows/ci.yml").items()}

    assert problems(workflow, json.loads(vendored.read_text(encoding="utf-8"))) == []


def test_workflow_runs_what_every_machine_runs() -> None:
    (job,) = parsed(".github/workflows/ci.yml")["jobs"].values()

    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert os.access(REPOSITORY / ".ci/run", os.X_OK)


def test_pre_commit_runs_what_make_lint_runs_by_local_hooks() -> None:
    (repository,) = parsed(".pre-commit-config.yaml")["repos"]
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    linted = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]

    assert repository["repo"] == "local"
    assert [hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]] == linted
    for hook in repository["hooks"]:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "system"
        assert {"types_or", "files"} & hook.keys()
