"""The typed search attributes of a candidate; operators' saved views and the edge's searches use them."""

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
"""In one attribute: Temporal takes 2 KiB, and fails the workflow task that gives it more."""


def fitting(values: Sequence[str]) -> list[str]:
    """Leave out the last of values in ASCII, if there are more than Temporal takes."""
    sizes = accumulate(len(f'"{value}",') for value in values)
    return [value for value, size in zip(values, sizes, strict=True) if size <= _MOST_BYTES]


IS_UNDECIDED = f"ApprovalState IN {tuple(state.value for state in UNDECIDED)} AND ExecutionStatus = 'Running'"
"""The part of a query that finds open candidates; one that was terminated is none."""

IS_ENDED = (
    f"ApprovalState IN {tuple(state.value for state in UNDECIDED)} "
    "AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')"
)
"""The query that finds runs which ended without a decision, those included that a reset replaced."""

IS_PENDING = "CallbackState = 'pending' AND ExecutionStatus = 'Running'"
"""The query that finds decisions which are on their way to core."""

IS_PARKED = "CallbackState = 'parked' AND ExecutionStatus = 'Running'"
"""The query that finds decisions which core would not take."""
