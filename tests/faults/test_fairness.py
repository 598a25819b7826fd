"""A noisy brand on the embedded server with fairness on."""

from pathlib import Path

from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import running_stack

NOISY, QUIET = 40, 3
FREE = {"MIN_SPACING_SEC": "0", "RECIPIENT_SPACING_SEC": "0", "WA_BUCKET_CAPACITY": "1000", "PHOTON_TO": ""}


async def test_quiet_brand_is_asked_before_the_earlier_backlog_of_a_noisy_one(tmp_path: Path) -> None:
    async with running_stack(tmp_path, **FREE) as stack:
        await stack.worker.stop()

        async def post(brand_id: str) -> str:
            candidate = await stack.core.accepted(Owner(), owner_imessage=None, brand_id=brand_id)
            return str(candidate["id"])

        noisy = [await post("b_noisy") for _ in range(NOISY)]
        quiet = [await post(f"b_quiet_{number}") for number in range(QUIET)]

        await stack.worker.start()

        async def asked() -> list[str]:
            prompts = [attempt["text"] for attempt in await stack.phone.attempts("twilio.messages", contains="Id: ")]
            return prompts if len(prompts) == NOISY + QUIET else []

        prompts = await until(asked)
        order = [next(id_ for id_ in [*quiet, *noisy] if f"Id: {id_}" in prompt) for prompt in prompts]
        assert max(order.index(id_) for id_ in quiet) < NOISY / 4, "without fairness they would be last"
