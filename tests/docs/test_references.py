"""Every file, section, command, setting and endpoint in the documents exists, and vice versa."""

import re
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from adapters.config.retired_settings import IGNORED
from adapters.tracing.tracing import Untraced
from api.app import create_app
from tests.harness.endpoints import ENDPOINTS
from tests.harness.env_example import DOCUMENTED
from tests.harness.keys import encryption_keys, secret
from tests.harness.processes import REPOSITORY
from tests.harness.rows import each_row
from tests.harness.stack import environment, load
from tools.dev import PORTS

DOCUMENTS = [
    REPOSITORY / "README.md",
    REPOSITORY / "EXAMPLES.md",
    REPOSITORY / "CHANGELOG.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "SECURITY.md",
    *(document for folder in ("docs", "deploy") for document in sorted((REPOSITORY / folder).rglob("*.md"))),
]
DEPLOYMENT = (REPOSITORY / "docs/deployment.md").read_text(encoding="utf-8")
EVERYTHING = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
OF_OTHERS = {
    *PORTS,
    *("DATA_DIR", "WEBHOOK_OVERRIDES"),  # of make dev and the simulator
    *("GATEWAY_URL", "RECEIVER_PORT", "RECEIVER_DATABASE"),  # of the examples
    *("TEMPORAL_CODEC_ENDPOINT", "TEMPORAL_CODEC_AUTH"),  # of Temporal's command line
    *("TEMPORAL_TLS_CLIENT_CERT_DATA", "TEMPORAL_TLS_CLIENT_KEY_DATA"),  # of Temporal's SDK, in place of our files
    *("API_PORTS", "NUM_HISTORY_SHARDS", "TEMPORAL_ALLOW_NO_AUTH"),  # of the compose files
    *("SQL_MAX_CONNS", "SQL_MAX_IDLE_CONNS", "SQL_VIS_MAX_CONNS", "SQL_VIS_MAX_IDLE_CONNS"),
    "API_PORT",  # of Swarm's stack
    *("PYTHON_OF_IMAGE", "BUILD_ARGS"),  # of make
    *(*IGNORED, "PYTHON_VERSION", "ECR_URI"),  # of the predecessor
    *("ALREADY_EXISTS", "NOT_FOUND", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "TRANSPORT_ERROR"),  # of gRPC
}
"""Names in capitals in the documents that are not settings of the gateway."""
PACKAGES = ("api", "bench", "simulator", "standalone", "tools", "worker")
FOLDERS = (
    *("activities", "adapters", "api", "bench", "deploy", "docs", "domain", "engine", "examples", "simulator"),
    *("standalone", "tests", "tools", "worker", "workflows"),
)
OF_OPERATORS = {
    "tools.candidates": "docs/operations.md",
    "tools.doctor": "docs/doctor.md",
    "tools.setup_temporal": "docs/maintenance.md",
    "tools.setup_twilio": "docs/twilio.md",
}
"""Operators' commands, and the document that explains each of their options."""


@each_row(DOCUMENTS)
def test_links_and_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = [document.parent / link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    named = [REPOSITORY / path for path in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`", text)]

    assert [path for path in [*linked, *named] if not path.exists()] == []


@each_row(DOCUMENTS)
def test_sections_that_a_document_links_to_exist(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text(encoding="utf-8"))
    pages = [(document.parent / page if page else document, section) for page, section in links]

    assert [(page.name, section) for page, section in pages if section not in sections(page)] == []


def sections(page: Path) -> set[str]:
    """Returns the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_targets_of_make_are_documented_and_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    documented = set(re.findall(r"(?:`|^\$ |^ {4})make ([a-z-]+)", EVERYTHING, re.MULTILINE))

    assert documented == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_modules_that_can_be_run_are_documented_and_exist() -> None:
    documented = set(re.findall(rf"python -m ((?:{'|'.join(PACKAGES)})[\w.]*)", EVERYTHING))
    scripts = {path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py") if runs(path)}
    modules = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__main__") for path in scripts
    }

    assert documented == modules - {"tools.seed_candidate"}, "documents run the script by its path"


def runs(path: Path) -> bool:
    return path.name == "__main__.py" or "\nif __name__ ==" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("module", "manual"), OF_OPERATORS.items())
def test_options_of_operators_commands_are_documented_and_exist(module: str, manual: str) -> None:
    path = REPOSITORY / module.replace(".", "/")
    sources = sorted(path.glob("*.py")) or [path.with_suffix(".py")]
    there = {
        option for file in sources for option in re.findall(r'add_argument\(\s*"(--[a-z-]+)', file.read_text("utf-8"))
    }
    used = {
        option
        for command in re.findall(rf"python -m {module}( [^`\n]*)", EVERYTHING)
        for option in re.findall(r" \[?(--[a-z-]+)", command)
    }

    assert there
    assert used - there == set()
    assert there - {*re.findall("--[a-z-]+", (REPOSITORY / manual).read_text(encoding="utf-8"))} == set()


@each_row(DOCUMENTS)
def test_variables_that_a_document_names_are_settings(document: Path) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", document.read_text(encoding="utf-8")))

    foreign = {name for name in named if name in OF_OTHERS or name.startswith("OTEL_")}

    assert named - foreign - DOCUMENTED == set()


def test_endpoints_are_documented_and_exist() -> None:
    codec = {"PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a"), "CODEC_SECRETS": secret("codec")}
    app = create_app(load(environment(**codec)), Untraced())

    served = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    pages = {("GET", route.path) for route in app.routes if isinstance(route, Route | Mount)}
    assert {endpoint for endpoints in ENDPOINTS.values() for endpoint in endpoints} == served | pages


def test_jobs_of_prometheus_in_documents_are_those_of_the_alerts() -> None:
    named = re.findall(r"""job_name: *["']?([\w-]+)|job=~?"([^"]+)""", EVERYTHING)

    assert {one or other for one, other in named} <= {"gateway-api", "gateway-worker"}


@pytest.mark.parametrize(
    "item", re.findall(r"^- \[x\] (.+(?:\n  .+)*)", DEPLOYMENT, re.MULTILINE), ids=lambda i: i[:30]
)
def test_ticked_item_names_the_file_command_or_test_that_does_it(item: str) -> None:
    assert re.search(r"`(?:tests|tools)/[\w./]+`|`make [a-z-]+`|`python -m [\w.]+`", item)
