"""The workflow parks and retries the delivery of a decision, and never changes the decision."""

from datetime import timedelta

from temporalio.exceptions import ApplicationError

from tests.domain.examples import WHATSAPP
from tests.harness.operator import current_details, until_details
from tests.harness.processes import until
from tests.harness.recording import NOT_TAKEN
from tests.workflows.lives import Lives, SkippedRun
from workflows.approval import ApprovalWorkflow
from workflows.search_attributes import APPROVAL_STATE, CALLBACK_STATE

AWAY = ApplicationError("core answered 503", type="CallbackPostponed", next_retry_delay=timedelta(milliseconds=10))


async def approved(lives: Lives) -> SkippedRun:
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(WHATSAPP.channel)
    await life.replies(WHATSAPP, "approved")
    return life


async def test_core_that_is_away_is_told_again(lives: Lives) -> None:
    lives.activities.script_deliveries([AWAY, AWAY])
    life = await approved(lives)

    decision = await life.run.result()

    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision] * 3


async def test_what_core_will_not_take_is_parked_until_an_operator_retries(lives: Lives) -> None:
    lives.activities.script_deliveries([NOT_TAKEN, NOT_TAKEN])
    life = await approved(lives)
    await until_parked(lives, life, after=1)
    attributes = (await life.run.describe()).typed_search_attributes
    assert (attributes[APPROVAL_STATE], attributes[CALLBACK_STATE]) == ("approved", "parked")

    await life.run.signal(ApprovalWorkflow.retry_callback)
    await until_parked(lives, life, after=2)
    await life.run.signal(ApprovalWorkflow.retry_callback)
    decision = await life.run.result()

    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision] * 3


async def until_parked(lives: Lives, life: SkippedRun, after: int) -> None:
    """Waits until it is parked after this many deliveries."""
    await until(lambda: len(lives.activities.deliveries) == after)
    await until_details(life.run, "parked")


async def test_cancelling_a_parked_run_changes_nothing(lives: Lives) -> None:
    lives.activities.script_deliveries([NOT_TAKEN])
    life = await approved(lives)
    await until_details(life.run, "parked")

    await life.run.cancel()
    await life.run.signal(ApprovalWorkflow.retry_callback)

    assert (await life.run.result()).decider == str(WHATSAPP)


async def test_retry_of_what_is_not_parked_is_noted(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,))

    await life.run.signal(ApprovalWorkflow.retry_callback)

    assert "retry_callback needs a parked callback" in await current_details(life.run)
    await life.run.terminate()
