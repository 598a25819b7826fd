"""The names by which Temporal, histories and operators' commands know workflows, signals and activities.

They outlive every process: a function may be renamed, a name here may not. Queries and updates would stand here too;
there are none.
"""

from enum import StrEnum


class WorkflowType(StrEnum):
    APPROVAL = "ApprovalWorkflow"
    REPLY = "ReplyWorkflow"
    PHOTON_SUBSCRIPTION = "PhotonSubscriptionWorkflow"
    RECEIPTS = "ReceiptsWorkflow"


class SignalName(StrEnum):
    """The signals of a candidate's workflow, and the one of a chat's receipts."""

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
