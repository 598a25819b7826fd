"""Keeps the sidecar's subscription alive: one workflow, however many workers run."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.subscription import SubscriptionActivities
    from domain.temporal_names import WorkflowType
    from domain.writing.wording import clock
    from workflows.current_details import CurrentDetails

_RENEWAL_PERIOD = timedelta(seconds=30)
_RENEWAL_TIMEOUT = timedelta(seconds=60)
"""Includes forwarding the messages that owners sent meanwhile to the edge, one by one."""

_RENEWAL_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn(name=WorkflowType.PHOTON_SUBSCRIPTION)
class PhotonSubscriptionWorkflow:
    @workflow.run
    async def run(self) -> None:
        """Renews the subscription until iMessage is switched off in every worker."""
        details = CurrentDetails()
        details.note("Subscription", "not renewed yet; the pending activity has its attempts")
        while not workflow.info().is_continue_as_new_suggested():
            subscribed = await workflow.execute_activity_method(
                SubscriptionActivities.renew_subscription,
                start_to_close_timeout=_RENEWAL_TIMEOUT,
                retry_policy=_RENEWAL_RETRIES,
                summary="POST /watch/start at the sidecar",
            )
            if not subscribed:
                details.note("Subscription", "ended: iMessage is switched off")
                return
            details.note("Subscription", f"last renewed {clock(workflow.now())}, every {_RENEWAL_PERIOD.seconds} s")
            await workflow.sleep(_RENEWAL_PERIOD, summary="until the next renewal")
        workflow.continue_as_new()
