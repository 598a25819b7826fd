"""The gateway reads the owners' texts as the chaos run means them; otherwise every run fails."""

from random import Random

import pytest

from domain.reading import tapbacks
from domain.reading.grammar import read
from domain.reading.requests import Decide
from tests.chaos.answers import KINDS, Seen, said
from tests.chaos.ledger import Posted

_SEEN = Seen(
    Posted({"id": "cr_1", "owner_whatsapp": "whatsapp:+15550000102", "owner_imessage": None}, 0),
    "whatsapp",
    "whatsapp:+15550000102",
    {"id": "SM1", "text": "b_1 on X · 4821\n│ Draft"},
    ("cr_2",),
)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"silence", "tapback"}))
def test_gateway_reads_each_kind_of_answer_as_its_verdict(kind: str) -> None:
    for roll in range(60):
        message = said(Random(roll), kind, _SEEN)  # noqa: S311  # a dice, no secret
        command = read(message.text)
        meant = None
        if isinstance(command, Decide) and (message.quoted or not command.kind.needs_quotation):
            meant = (command.verdict.outcome.value, command.verdict.text or command.verdict.note)
            assert len(command.names) == len(message.about) or message.quoted or kind in {"unknown", "stranger"}
        assert meant == message.verdict or kind == "unknown", message.text


def test_tapback_quotes_the_first_line_of_the_prompt() -> None:
    for roll in range(20):
        message = said(Random(roll), "tapback", _SEEN)  # noqa: S311  # a dice, no secret
        thumb = tapbacks.tapback(message.text)
        assert thumb is not None
        assert thumb.quoted == "b_1 on X · 4821"
        outcomes = {tapbacks.Reaction.LIKE: "approved", tapbacks.Reaction.DISLIKE: "rejected"}
        assert message.verdict == (outcomes[thumb.reaction], None)
