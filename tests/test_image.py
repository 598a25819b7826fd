"""What the Dockerfile says of the image, tried without a container: its files, its commands, its health check.

Building and running it needs a container engine, which the tests do not.
"""

import json
import re
import shutil
from pathlib import Path

from tests.harness.processes import REPOSITORY, Process, free_port, run_python
from tests.harness.stack import Stack, answers

DOCKERFILE = re.sub(r" \\\n\s*", " ", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))
COPIES = [line.split() for line in re.findall(r"^COPY (?!--)(.*)$", DOCKERFILE, re.MULTILINE)]
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))


def command(text: str) -> list[str]:
    """Read an exec-form CMD, and leave the interpreter out."""
    words: list[str] = json.loads(text)
    assert words[0] == "python"
    return words[1:]


def image(folder: Path) -> Path:
    """Copy what the image holds."""
    for *sources, target in COPIES:
        for source in map(REPOSITORY.joinpath, sources):
            if source.is_dir():
                shutil.copytree(source, folder / target)
            elif target.endswith("/"):
                (folder / target).mkdir(exist_ok=True)
                shutil.copy(source, folder / target)
    return folder


async def test_image_holds_what_each_role_and_the_setup_need_and_its_health_check_tells_dead_from_alive(
    stack: Stack, tmp_path: Path
) -> None:
    folder, port = image(tmp_path), str(free_port())
    settings = {**stack.environment, "PORT": port, "PYTHONDONTWRITEBYTECODE": "1"}
    commands = {role: command(re.findall(r"^CMD (.*)$", STAGES[role], re.MULTILINE)[0]) for role in ("api", "worker")}
    (health_check,) = re.findall(r"^HEALTHCHECK .*CMD (.*)$", STAGES["api"], re.MULTILINE)

    async def worker_started() -> bool:
        return "worker_started" in worker.output

    worker = Process.python(*commands["worker"], environment=settings, ready=worker_started, folder=folder)
    healthz = f"http://127.0.0.1:{port}/healthz"
    api = Process.python(*commands["api"], environment=settings, ready=lambda: answers(healthz), folder=folder)
    try:
        prepared, _ = await run_python("-m", "tools.setup_temporal", environment=settings, folder=folder)
        await worker.start()
        await api.start()
        alive, _ = await run_python(*command(health_check), environment={"PORT": port})
        await worker.stop()
    finally:
        await worker.kill()
        await api.kill()
    dead, _ = await run_python(*command(health_check), environment={"PORT": port})

    assert (prepared, alive, dead) == (0, 0, 1)


def test_nothing_but_what_is_copied_is_sent_to_the_build() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert {line[1:] for line in lines if line.startswith("!")} == {
        source for *copied, _ in COPIES for source in copied
    }
    assert lines.index("*") < min(number for number, line in enumerate(lines) if line.startswith("!"))


def test_each_role_runs_as_a_user_by_number_that_is_not_root() -> None:
    for role in ("api", "worker"):
        assert re.search(rf"^FROM gateway AS {role}$", DOCKERFILE, re.MULTILINE)
        assert "USER" not in STAGES[role]
    assert re.findall(r"^USER (\d+):(\d+)$", STAGES["gateway"], re.MULTILINE) == [("10001", "10001")]
