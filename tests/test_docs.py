"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "deploy")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(document for folder in FOLDERS for document in sorted((ROOT / folder).rglob("*.md"))),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_and_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = [document.parent / link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    named = [
        ROOT / path for path in re.findall(r"`((?:tests|docs|tools|adapters|api|workflows|domain)/[\w./-]+)`", text)
    ]

    assert [path for path in [*linked, *named] if not path.exists()] == []
