"""Who gets a receipt: chats that were asked, and owners who wait for an answer, unless they know.

On WhatsApp the edge answers a verdict in its response to Twilio, so the decider knows.
"""

from domain.approver_chat import Chat, ChatState
from domain.conversation.owed_messages import Receipt
from domain.decision import Decision, OwnersReply, Verdict


def receipt(chat: Chat, state: ChatState, decider: str, heard: OwnersReply | None) -> Receipt | None:
    """Returns the receipt that a chat is owed after a decision; `heard` is the deciding reply."""
    if str(chat.approver) == decider:
        if chat.approver.channel.traits.answers_in_response:
            return _receipt_after_the_edge(chat, state, heard)
        return Receipt(to_decider=True, is_answer=True)
    if state.owes_answer:
        return Receipt(is_answer=True)
    return None if state.opted_out else Receipt()


def knows(chat: Chat, verdict: Verdict | None, decision: Decision | None) -> bool:
    """Returns whether the edge's answer to a later reply is enough: it wanted what was decided."""
    return (
        chat.approver.channel.traits.answers_in_response
        and decision is not None
        and verdict is not None
        and verdict.outcome is decision.outcome
        and (verdict.text is None or verdict.text == decision.final_text)
    )


def _receipt_after_the_edge(chat: Chat, state: ChatState, heard: OwnersReply | None) -> Receipt | None:
    """Returns a receipt only if a part of the prompt might arrive after the edge's answer."""
    if state.sending is None or state.opted_out:
        return None
    if heard is None:
        return Receipt()
    if chat.attempts.is_shown(state.sending, heard.quoted):
        return None
    return Receipt(unless_accepted_by=heard.received_at)
