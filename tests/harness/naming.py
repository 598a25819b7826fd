"""How the gateway names a candidate of the tests to its owner."""

from domain.conversation.numbers import number_of
from tests.harness.core import CandidateBody


def number(candidate: CandidateBody) -> str:
    return number_of(candidate["id"])
