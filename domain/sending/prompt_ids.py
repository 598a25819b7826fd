"""The ids by which a candidate's prompts are found: of channels, chats and messages.

The search attribute `PromptIds` contains all three in one flat list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from domain.channels import Channel

_NUMBERED_CHAT = re.compile(rf"({'|'.join(Channel)})/[1-9][0-9]*")


@dataclass(frozen=True)
class PromptIds:
    """`chats` names those that might have been asked.

    `message_ids` are the providers' ids of all parts.
    """

    channels: tuple[Channel, ...] = ()
    chats: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()

    @property
    def flat(self) -> list[str]:
        """All three in one list. A chat that has the name of its channel is listed once."""
        return [*dict.fromkeys([*map(str, self.channels), *self.chats]), *self.message_ids]

    @classmethod
    def read(cls, flat: Sequence[str]) -> Self:
        """Parses a flat list."""
        channels = tuple(Channel(value) for value in flat if value in list(Channel))
        numbered = [value for value in flat if _NUMBERED_CHAT.fullmatch(value)]
        shared = {name.partition("/")[0] for name in numbered}
        chats = (*(channel.value for channel in channels if channel not in shared), *numbered)
        return cls(channels, chats, tuple(value for value in flat if value not in {*channels, *numbered}))
