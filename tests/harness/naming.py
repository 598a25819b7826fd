"""How the gateway names a candidate of the tests to its owner."""

from domain.conversation.numbers import number_of
from tests.harness.core import CandidateBody


def number(candidate: CandidateBody) -> str:
    return number_of(candidate["id"])


def label(candidate: CandidateBody) -> str:
    """Returns the name that receipts and answers use for a candidate with a short draft."""
    return f"{number(candidate)} “{candidate['proposed_text']}”"
