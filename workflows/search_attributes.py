"""The typed search attributes of a candidate; operators' saved views and the edge's searches use them."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey

from domain.decision import UNDECIDED

BRAND_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("BrandId")
APPROVAL_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("ApprovalState")
CALLBACK_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CallbackState")
DECIDED_AT: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("DecidedAt")
OWNER = SearchAttributeKey.for_keyword_list("Owner")
PROMPT_IDS = SearchAttributeKey.for_keyword_list("PromptIds")

ALL: tuple[SearchAttributeKey[Any], ...] = (BRAND_ID, APPROVAL_STATE, CALLBACK_STATE, DECIDED_AT, OWNER, PROMPT_IDS)

IS_UNDECIDED = f"ApprovalState IN {tuple(state.value for state in UNDECIDED)} AND ExecutionStatus = 'Running'"
"""The part of a query that finds open candidates; one that was terminated is none."""

IS_PENDING = "CallbackState = 'pending' AND ExecutionStatus = 'Running'"
"""The query that finds decisions which are on their way to core."""

IS_PARKED = "CallbackState = 'parked' AND ExecutionStatus = 'Running'"
"""The query that finds decisions which core would not take."""
