"""A candidate's typed search attributes, used by operators' saved views and the edge's searches."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from temporalio.common import SearchAttributeKey

from domain.decision import UNDECIDED

BRAND_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("BrandId")
APPROVAL_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ApprovalState")
CALLBACK_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CallbackState")
DECIDED_AT: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("DecidedAt")
OWNER = SearchAttributeKey.for_keyword_list("Owner")
PROMPT_IDS = SearchAttributeKey.for_keyword_list("PromptIds")
NUMBER: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("Number")

ALL: tuple[SearchAttributeKey[Any], ...] = (
    *(BRAND_ID, APPROVAL_STATE, CALLBACK_STATE, DECIDED_AT),
    *(OWNER, PROMPT_IDS, NUMBER),
)

_MOST_BYTES = 2000
"""The limit of one attribute: Temporal accepts 2 KiB, and fails a workflow task that sends more."""


def fitting(values: Sequence[str]) -> list[str]:
    """Returns as many of the first values as fit in one attribute; they must be ASCII."""
    sizes = accumulate(len(f'"{value}",') for value in values)
    return [value for value, size in zip(values, sizes, strict=True) if size <= _MOST_BYTES]


IS_UNDECIDED = f"ApprovalState IN {tuple(state.value for state in UNDECIDED)} AND ExecutionStatus = 'Running'"
"""The query clause for open candidates; it excludes terminated runs."""

IS_ENDED = (
    f"ApprovalState IN {tuple(state.value for state in UNDECIDED)} "
    "AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')"
)
"""Finds runs that ended without a decision, including those that a reset replaced."""

IS_PENDING = "CallbackState = 'pending' AND ExecutionStatus = 'Running'"
"""The query for decisions that are on their way to core."""

IS_PARKED = "CallbackState = 'parked' AND ExecutionStatus = 'Running'"
"""The query for decisions that core did not accept."""
