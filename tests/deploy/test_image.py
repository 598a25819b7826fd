"""The Dockerfile's image without a container: its files, its commands, its health checks.

tests/containers builds and runs it where there is an engine.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.deploy.dockerfile import DOCKERFILE, STAGES
from tests.deploy.locks import pins
from tests.harness.processes import REPOSITORY, Process, free_port, run_python, until
from tests.harness.stack import Stack, answers

pytestmark = pytest.mark.faults

ROLES = ("api", "worker")
_IGNORE = re.findall(r"^[^#\n].*", (REPOSITORY / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
LET_THROUGH = [line[1:] for line in _IGNORE if line.startswith("!")]
HELD_BACK = [line.removeprefix("**/") for line in _IGNORE if not line.startswith("!") and line != "*"]


def shipped() -> Iterator[Path]:
    """Yields what `COPY . .` copies, by its path in the repository."""
    for root in map(REPOSITORY.joinpath, LET_THROUGH):
        for file in [root] if root.is_file() else root.rglob("*"):
            path = file.relative_to(REPOSITORY)
            if file.is_file() and not any(fnmatch(str(path), rule) or rule in path.parts for rule in HELD_BACK):
                yield path


def image(folder: Path) -> Path:
    for path in shipped():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, folder / path)
    return folder


def command(role: str, instruction: str) -> list[str]:
    """Returns an exec-form command without the interpreter."""
    (text,) = re.findall(rf"^{instruction}(\[.*)$", STAGES[role], re.MULTILINE)
    words: list[str] = json.loads(text)
    assert words[0] == "python"
    return words[1:]


async def test_image_contains_what_its_commands_need_and_its_health_checks_detect_a_dead_process(
    stack: Stack, tmp_path: Path
) -> None:
    folder, port = image(tmp_path), str(free_port())
    ports = {"PORT": port, "METRICS_PORT": str(free_port())}
    settings = {**stack.environment, **ports, "PYTHONDONTWRITEBYTECODE": "1"}

    async def healthy() -> list[int]:
        """Runs the health check of each role's image."""
        return [(await run_python(*command(r, "HEALTHCHECK .* CMD "), environment=ports))[0] for r in ROLES]

    worker = Process.python(*command("worker", "CMD "), environment=settings, ready="worker_started", folder=folder)
    healthz = f"http://127.0.0.1:{port}/healthz"
    api = Process.python(*command("api", "CMD "), environment=settings, ready=lambda: answers(healthz), folder=folder)
    try:
        prepared, _ = await run_python("-m", "tools.setup_temporal", environment=settings, folder=folder)
        await worker.start()
        await api.start()
        alive = await until(healthy, lambda codes: codes == [0, 0])
        await worker.stop()
    finally:
        await worker.kill()
        await api.kill()

    assert (prepared, alive, await healthy()) == (0, [0, 0], [1, 1])


def test_build_gets_only_code_that_runs_on_the_packages_of_the_image() -> None:
    """A tool with other requirements is for developers, and .dockerignore names it."""
    assert _IGNORE[0] == "*"
    files = list(shipped())
    installed = set(pins("requirements.lock"))
    provided = {
        name
        for name, distributions in packages_distributions().items()
        if installed & {distribution.replace("_", "-").lower() for distribution in distributions}
    }
    known = provided | sys.stdlib_module_names | {path.parts[0] for path in files}

    unknown = {f"{path}: {name}" for path in files if path.suffix == ".py" for name in imports(path) - known}
    assert unknown == set()
    assert {path.suffix for path in files} <= {".py", ".lua", ".lock", ".json"}
    assert {Path("tools/candidates/__main__.py"), Path("docs/whatsapp/candidate_whole.json")} <= set(files)


def imports(path: Path) -> set[str]:
    tree = ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8")))
    names = [
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
        for node in tree
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return {name.partition(".")[0] for listed in names for name in listed}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_runs_as_a_numeric_user_that_is_not_root_and_is_health_checked(role: str) -> None:
    assert re.search(rf"^FROM gateway AS {role}$", DOCKERFILE, re.MULTILINE)
    assert "USER" not in STAGES[role]
    assert re.findall(r"^USER (\d+):(\d+)$", STAGES["gateway"], re.MULTILINE) == [("10001", "10001")]
    assert command(role, "HEALTHCHECK .* CMD ")


def test_last_and_default_stage_is_the_standalone_process() -> None:
    assert [*STAGES][-1] == "standalone"
    assert re.search(r"^FROM api AS standalone$", DOCKERFILE, re.MULTILINE)
    assert command("standalone", "CMD ") == ["-m", "standalone"]
    assert Path("standalone/__main__.py") in set(shipped())


def test_hadolint_has_no_finding() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(  # noqa: S603  # no untrusted input
        [hadolint, "--failure-threshold", "info", "Dockerfile"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout) == (0, "")


def test_image_has_the_gateways_version() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert re.findall(r"^ARG VERSION=(.*)$", DOCKERFILE, re.MULTILINE) == [version]
    for named in ("docker-compose.prod.yml", "docs/deployment.md"):
        assert re.findall(r"export TAG=(\S+)", (REPOSITORY / named).read_text(encoding="utf-8")) == [version]
