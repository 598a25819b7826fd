"""The built image: its contents, rights and size."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.containers.commands import docker, inspected, run
from tests.containers.images import Images
from tests.harness.manual import Manual
from tests.harness.processes import REPOSITORY

pytestmark = pytest.mark.timeout(0)

ROLES = ("api", "worker")
MOST_BYTES = 150_000_000
"""On top of the base image."""
IMPORT_ALL = """
import importlib, json, os, pkgutil, sys
names = [module.name for module in pkgutil.walk_packages(["."]) if not module.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
specs = [module.__spec__ for module in list(sys.modules.values()) if getattr(module, "__spec__", None)]
sources = [spec for spec in specs if (spec.origin or "").endswith(".py")]
used = {spec.cached for spec in sources}
there = {os.path.join(folder, file) for folder, _, files in os.walk("/opt/venv") for file in files}
print(json.dumps({
    "modules": len(names),
    "without_byte_code": sorted(spec.name for spec in sources if not os.path.exists(spec.cached)),
    "of_no_use": sorted(file for file in there - used if file.endswith(".pyc")),
}))
"""
RIGHTS = """
import json, os, pathlib
status = dict(line.split(":\\t") for line in pathlib.Path("/proc/self/status").read_text().splitlines())
written = []
for folder in ("/", "/app", "/opt/venv", "/tmp", "/var/tmp"):
    try:
        pathlib.Path(folder, "mine").touch()
        written.append(folder)
    except OSError:
        pass
print(json.dumps({"user": [os.getuid(), os.getgid()], "capabilities": status["CapEff"].strip(), "written": written}))
"""
LISTED = "import importlib.metadata as m, json; print(json.dumps([[d.name, d.version] for d in m.distributions()]))"


async def python(image: str, script: str) -> str:
    """Runs Python in a container with the restrictions in docs/deploys.md."""
    (restricted,) = re.findall(r"`(--read-only --cap-drop ALL [^`]+)`", (REPOSITORY / "docs/deploys.md").read_text())
    return await docker("run", "--rm", *restricted.split(), image, "python", "-c", script)


@pytest.mark.parametrize("role", ROLES)
async def test_it_has_no_capabilities_and_can_write_nowhere(images: Images, role: str) -> None:
    assert json.loads(await python(images.of(role), RIGHTS)) == {
        "user": [10001, 10001],
        "capabilities": "0" * 16,
        "written": [],
    }


@pytest.mark.parametrize("role", ROLES)
async def test_everything_can_be_imported_from_byte_code_and_hardly_any_is_unused(images: Images, role: str) -> None:
    found = json.loads(await python(images.of(role), IMPORT_ALL))

    assert found["modules"] > 100
    assert found["without_byte_code"] == []
    assert len(found["of_no_use"]) < 20, "only optional parts, whose import fails without their dependencies"


async def test_it_contains_no_sources_of_the_sdk_and_no_tests(images: Images) -> None:
    files = await docker("run", "--rm", images.of("worker"), "find", "/app", "/opt/venv", "-type", "f")

    assert [file for file in files.split() if re.search(r"\.rs$|/twilio/rest/|^/app/(tests|simulator)/", file)] == []


@pytest.mark.parametrize("role", ROLES)
async def test_its_labels_have_the_title_the_version_and_the_base_image(images: Images, role: str) -> None:
    labels = (await inspected(images.of(role)))["Config"]["Labels"]
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.title"] == "BrandPilot approval gateway"
    assert labels["org.opencontainers.image.base.name"].startswith("python:3.11")


@pytest.mark.parametrize("role", ROLES)
async def test_it_is_not_larger_than_the_limit(images: Images, role: str) -> None:
    image = await inspected(images.of(role))
    base = await inspected(image["Config"]["Labels"]["org.opencontainers.image.base.name"])

    assert image["Size"] - base["Size"] < MOST_BYTES


async def test_bill_of_materials_lists_what_is_installed(images: Images, tmp_path: Path) -> None:
    version = await python(images.of("api"), "import platform; print(platform.python_version())")
    makes = ("make", f"BIN={Path(sys.executable).parent}", "--assume-old=.venv/.installed", f"DIST={tmp_path}")
    await run(*makes, f"PYTHON_OF_IMAGE={version}", "sbom", folder=REPOSITORY)
    listed = json.loads((tmp_path / "sbom.cdx.json").read_text(encoding="utf-8"))["components"]

    installed = json.loads(await python(images.of("api"), LISTED))
    assert sorted(f"{part['name']} {part['version']}" for part in listed) == sorted(
        f"{name.lower().replace('_', '-').replace('.', '-')} {version}" for name, version in installed
    )


async def test_documented_commands_build_the_images(images: Images) -> None:
    script = Manual("docs/deploys.md", {}).take(
        "The image", 0, {"make images": "make images REPOSITORY=approval-gateway-test"}
    )

    await run("bash", "-euc", script, folder=images.checkout, environment={"NEW": "as-documented"})
    assert await inspected("approval-gateway-test-api:as-documented")
