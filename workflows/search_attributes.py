"""The typed search attributes of a candidate; operators' saved views and the edge's searches use them."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey

from domain import identifiers

BRAND_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword(identifiers.BRAND_ID_ATTRIBUTE)
APPROVAL_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword(identifiers.APPROVAL_STATE_ATTRIBUTE)
CALLBACK_STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword(identifiers.CALLBACK_STATE_ATTRIBUTE)
DECIDED_AT: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime(identifiers.DECIDED_AT_ATTRIBUTE)
OWNER = SearchAttributeKey.for_keyword_list(identifiers.OWNER_ATTRIBUTE)
PROMPT_IDS = SearchAttributeKey.for_keyword_list(identifiers.PROMPT_IDS_ATTRIBUTE)

ALL: tuple[SearchAttributeKey[Any], ...] = (BRAND_ID, APPROVAL_STATE, CALLBACK_STATE, DECIDED_AT, OWNER, PROMPT_IDS)
