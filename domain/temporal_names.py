"""The names of workflows, signals and activities in Temporal, histories and operators' commands.

They outlive every process: a function can be renamed, a name here cannot. The names of queries and
updates would be here too; there are none.
"""

from enum import StrEnum


class WorkflowType(StrEnum):
    APPROVAL = "ApprovalWorkflow"
    REPLY = "ReplyWorkflow"
    PHOTON_SUBSCRIPTION = "PhotonSubscriptionWorkflow"
    RECEIPTS = "ReceiptsWorkflow"


class SignalName(StrEnum):
    """The signals of a candidate's workflow; RECEIPT is that of a chat's receipts workflow."""

    REPLY = "reply"
    DELIVERY = "delivery"
    OPT_OUT = "opt_out"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    ASK_AGAIN = "ask_again"
    SHOW = "show"
    RETRY_CALLBACK = "retry_callback"
    RECEIPT = "receipt"


class ActivityType(StrEnum):
    ASK_FOR_SLOT = "ask_for_slot"
    LEAVE_QUEUE = "leave_queue"
    SEND_MESSAGE = "send_message"
    FIND_MESSAGES = "find_messages"
    DELIVER_DECISION = "deliver_decision"
    HAND_OVER_RECEIPT = "hand_over_receipt"
    TAKE_PLACE = "take_place"
    RENEW_SUBSCRIPTION = "renew_subscription"
