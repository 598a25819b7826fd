"""What an owner reads about a draft that its agent takes back, or replaces."""

from domain.conversation.numbers import number_of
from domain.decision import CORE_REPLACED, CORE_WITHDRAWN, SYSTEM_OVERTAKEN, Decision


def instead_of(candidate_id: str) -> str:
    """Says in a successor's prompt that the replaced draft, which this chat knows, has ended."""
    return f"Instead of {number_of(candidate_id)}."


def how_core_ended(decision: Decision) -> str | None:
    """Says how core ended a draft; returns None if it did not."""
    if decision.decider == CORE_WITHDRAWN:
        return "taken back by the agent"
    if decision.decider == CORE_REPLACED:
        return f"replaced by {number_of(decision.replaced_by or '')}"
    return "closed, because the draft before it was decided" if decision.decider == SYSTEM_OVERTAKEN else None
