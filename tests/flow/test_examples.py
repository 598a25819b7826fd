"""EXAMPLES.md and examples/ run as they are, and the simulated owner answers.

tests/faults has the receivers.
"""

import ast
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.test_references import FOLDERS
from tests.harness.manual import Manual
from tests.harness.processes import REPOSITORY, run_python
from tests.harness.stack import CORE_SECRET, Stack

EXAMPLES = REPOSITORY / "examples"
SHORTEST = "The shortest way: curl"
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


def here(stack: Stack) -> Mapping[str, str]:
    return {"GATEWAY_URL": stack.gateway_url, "WEBHOOK_SIGNING_SECRET": CORE_SECRET}


@needs_curl
async def test_curl_posts_a_draft_and_waits_for_its_decision(stack: Stack) -> None:
    output = await Manual("EXAMPLES.md", here(stack)).run(SHORTEST)

    accepted, decided = map(json.loads, output.splitlines())
    assert accepted["status"] == "accepted"
    assert decided["id"] == accepted["candidate_id"]
    assert (decided["state"], decided["final_text"]) == ("approved", "We hear you. [simulate: approve after 2s]")


def test_curl_of_the_document_is_the_script() -> None:
    (shown,) = Manual("EXAMPLES.md", {}).scripts(SHORTEST)

    assert (EXAMPLES / "curl.sh").read_text(encoding="utf-8").endswith(f"\n\n{shown}")


async def test_agent_rewrites_its_draft_by_the_note_and_posts_it_again(stack: Stack) -> None:
    assert await run_python("examples/agent.py", environment=here(stack)) == (0, shown_for("agent.py"))


async def test_draft_is_replaced_and_another_withdrawn(stack: Stack) -> None:
    code, output = await run_python("examples/change_of_mind.py", environment=here(stack))

    assert code == 0, output
    assert anonymous(output) == anonymous(shown_for("change_of_mind.py"))


def anonymous(output: str) -> str:
    """Returns an output without what differs between runs: the ids, and the chat of the answer."""
    return re.sub(r"cr_[^_]+_|by (whatsapp|imessage):\S+", "", output)


def shown_for(example: str) -> str:
    """Returns the output that the document shows for an example."""
    text = (REPOSITORY / "EXAMPLES.md").read_text(encoding="utf-8")
    (output,) = re.findall(rf"^\$ .venv/bin/python examples/{example}\n([^`]+)^```", text, re.MULTILINE)
    return str(output)


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_example_imports_nothing_of_the_gateway(example: Path) -> None:
    imports = [node for node in ast.walk(ast.parse(example.read_text("utf-8"))) if isinstance(node, ast.Import)]
    origins = [node for node in ast.walk(ast.parse(example.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    roots = {alias.name for node in imports for alias in node.names} | {str(node.module) for node in origins}

    assert {root.partition(".")[0] for root in roots} & {*FOLDERS} == set()
