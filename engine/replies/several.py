"""A verdict on several candidates at once: on all of them, or on none."""

import asyncio

from domain.conversation.chat_memory import Recollection
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import Decide
from domain.writing import questions
from engine.chats.open_prompts import OpenPrompts
from engine.chats.targets import Target, Targets
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts

_MOST = 15
"""Names in one message: each costs a search, of which Temporal allows few at once."""


class Several:
    def __init__(self, targets: Targets, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._targets = targets
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(self, message: OwnersMessage, command: Decide, recollection: Recollection | None) -> Understanding:
        """Weigh the verdict on all that are named; one that is unclear, and nothing is decided."""
        names = tuple(dict.fromkeys(command.names))
        if len(names) > _MOST:
            return Understanding(message.senders[0], questions.too_many_names(len(names), _MOST))
        found = await asyncio.gather(*(self._targets.named(message, name, recollection) for name in names))
        problems = [line for name, targets in zip(names, found, strict=True) if (line := _unclear(name, targets))]
        if not problems:
            targets = {target.found.candidate.id: target for (target,) in found}
            if question := await self._targets.contradiction(message, list(targets.values()), recollection):
                return Understanding(message.senders[0], question)
            if len(targets) == 1:
                (target,) = targets.values()
                return await self._verdicts.weigh(message, target, command.verdict, recollection)
            records = [target.found for target in targets.values()]
            weighed = self._verdicts.weigh_together(message, records, command.verdict, recollection)
            if isinstance(weighed, Understanding):
                return weighed
            problems = weighed
        candidates = await self._prompts.open_candidates(message.senders)
        words = questions.several_unclear(problems, candidates, message.received_at)
        return Understanding(message.senders[0], words)


def _unclear(name: str, targets: list[Target]) -> str | None:
    match targets:
        case []:
            return questions.unknown_among_several(name)
        case [_]:
            return None
    return questions.ambiguous_among_several(name, [target.found.candidate for target in targets])
