"""A candidate's prompts are found by three kinds of ids, in one list in the search attribute."""

import pytest

from domain.channels import Channel
from domain.sending.prompt_ids import PromptIds

SID = f"SM{'0' * 32}"


@pytest.mark.parametrize(
    ("ids", "flat"),
    [
        (PromptIds(), []),
        (PromptIds(message_ids=(SID,)), [SID]),
        (PromptIds((Channel.WHATSAPP,), ("whatsapp",), (SID,)), ["whatsapp", SID]),
        (
            PromptIds((Channel.IMESSAGE, Channel.WHATSAPP), ("imessage", "whatsapp/1", "whatsapp/3"), (SID,)),
            ["imessage", "whatsapp", "whatsapp/1", "whatsapp/3", SID],
        ),
    ],
)
def test_flat_list_is_parsed(ids: PromptIds, flat: list[str]) -> None:
    assert ids.flat == flat
    assert PromptIds.read(flat) == ids
