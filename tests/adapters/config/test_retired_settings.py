"""Each of the predecessor's variables is a setting here, or its removal is explained."""

import asyncio
import json
import re

import pytest

from adapters.config.retired_settings import IGNORED, ignored
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY, free_port
from tests.harness.stack import Stack, api_process, worker_process

pytestmark = pytest.mark.faults

GUIDE = (REPOSITORY / "docs/migrating.md").read_text(encoding="utf-8")
OF_ITS_GUIDE = {
    *("PORT", "REDIS_URL", "CORE_DECISION_WEBHOOK", "WEBHOOK_SIGNING_SECRET", "REDIS_PASSWORD", "MIN_SPACING_SEC"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WA_NUMBER", "OWNER_WA_NUMBER", "PHOTON_BASE_URL", "PHOTON_TO"),
    *("WA_BUCKET_CAPACITY", "WA_BUCKET_REFILL_PER_MIN", "IMSG_BUCKET_CAPACITY", "IMSG_BUCKET_REFILL_PER_MIN"),
    *("PYTHON_VERSION", "ECR_URI"),
}
"""The variables of its deployment guide."""
OF_ITS_CODE = {"CORE_DECISION_WEBHOOK_SIGNING_SECRET", *IGNORED}
"""The other variables that it reads."""


@pytest.mark.parametrize("name", sorted(OF_ITS_GUIDE | OF_ITS_CODE))
def test_each_variable_is_a_setting_or_named_as_ignored(name: str) -> None:
    assert (name in DOCUMENTED) is (name not in named_as_ignored())


def named_as_ignored() -> set[str]:
    """Returns the variables in the guide's table of ignored ones."""
    table = GUIDE.partition("### Variables that nothing reads")[2].partition("\n#")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall("`([A-Z_]+)`", cell)}


def test_each_variable_that_a_start_warns_of_is_in_the_guide() -> None:
    assert IGNORED.keys() <= named_as_ignored()


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_variable_is_ignored_however_it_is_written_unless_it_is_blank(name: str) -> None:
    assert ignored({name.lower(): "value"}) == {name: IGNORED[name]}
    assert ignored({name: " \n"}) == {}


def test_owner_on_imessage_is_ignored_without_a_sidecar() -> None:
    assert "PHOTON_BASE_URL" in ignored({"PHOTON_TO": "owner@example.com"})["PHOTON_TO"]
    assert ignored({"PHOTON_TO": "owner@example.com", "PHOTON_BASE_URL": "http://localhost:5173"}) == {}
    assert ignored({"OWNER_WA_NUMBER": "whatsapp:+15551234567", "PORT": "8000"}) == {}


async def test_api_and_worker_say_once_what_they_ignore_and_no_value(stack: Stack) -> None:
    given = {**stack.environment, **dict.fromkeys(IGNORED, "a-value-of-old"), "METRICS_PORT": ""}
    processes = api_process({**given, "PORT": str(free_port())}), worker_process(given)
    try:
        await asyncio.gather(*(process.start() for process in processes))
        outputs = [process.output for process in processes]
    finally:
        await asyncio.gather(*(process.kill() for process in processes))

    for output in outputs:
        events = [json.loads(line) for line in output.splitlines() if '"setting_ignored"' in line]
        assert {event["variable"]: event["instead"] for event in events} == IGNORED
        assert len(events) == len(IGNORED)
        assert "a-value-of-old" not in output
