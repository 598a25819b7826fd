"""Each channel has its own turns for strangers."""

import asyncio
from collections.abc import Sequence

from adapters.config.brands import Brands
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import EngineUnavailableError
from engine.chats.known_senders import KnownSenders
from tests.harness.chats import chat_of
from tests.harness.phone import Owner
from tests.harness.stack import environment, load

CROWD = 40


async def nobody(_: Sequence[Approver]) -> bool:
    return False


async def waiting(known: KnownSenders, channel: Channel) -> int:
    """Makes many strangers write at once; returns how many get a turn, and cancels them."""
    writing = [asyncio.create_task(known.include((chat_of(channel, Owner()),), None)) for _ in range(CROWD)]
    for _ in range(10):
        await asyncio.sleep(0)
    for task in writing:
        task.cancel()
    ended = await asyncio.gather(*writing, return_exceptions=True)
    return sum(not isinstance(one, EngineUnavailableError) for one in ended)


async def test_strangers_on_one_channel_take_no_turn_from_the_other_and_wait_longer_on_imessage() -> None:
    settings = load(environment())
    known = KnownSenders(Brands(settings.brands_file, settings.globals), nobody, clock=lambda: 1000.0)

    on_whatsapp, on_imessage = [await waiting(known, channel) for channel in (Channel.WHATSAPP, Channel.IMESSAGE)]

    assert 0 < on_whatsapp < on_imessage < CROWD
