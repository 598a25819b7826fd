"""Weighs verdicts on several candidates at once: all of them count, or none."""

import asyncio
from collections.abc import Sequence

from domain.conversation.chat_memory import Recollection
from domain.conversation.numbers import is_number
from domain.conversation.subjects import Subject, Telling
from domain.decision import Verdict
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import Decide
from domain.writing import questions
from domain.writing.undecided import not_decided_yet
from engine.chats.open_prompts import OpenPrompts
from engine.chats.targets import Target, Targets
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts, unseen

_MOST = 15
"""Names in one message; each costs a search, and Temporal allows few at once."""


class Several:
    def __init__(self, targets: Targets, prompts: OpenPrompts, verdicts: Verdicts) -> None:
        self._targets = targets
        self._prompts = prompts
        self._verdicts = verdicts

    async def weigh(
        self, message: OwnersMessage, parts: Sequence[Decide], recollection: Recollection | None
    ) -> Understanding:
        """Weighs the verdicts on all that are named; if one is unclear, nothing is decided."""
        wanted = list(dict.fromkeys((name, part.verdict) for part in parts for name in part.names))
        names = list(dict.fromkeys(name for name, _ in wanted))
        if len(names) > _MOST:
            return Understanding(message.senders[0], questions.too_many_names(len(names), _MOST))
        targets = await asyncio.gather(*(self._targets.named(message, name, recollection) for name in names))
        found = dict(zip(names, targets, strict=True))
        problems = [line for name, targets in found.items() if (line := _unclear(name, targets))]
        if not any(found.values()) and (asked := await self._in_pieces(message, "".join(names), recollection)):
            return asked
        if not problems:
            on_each = _on_each([(found[name][0], verdict) for name, verdict in wanted])
            problems = [questions.contradicted(target.found.candidate) for target, each in on_each if len(each) > 1]
            if not problems:
                taken = await self._taken(message, [(target, each[0]) for target, each in on_each], recollection)
                if isinstance(taken, Understanding):
                    return taken
                problems = taken
        candidates = await self._prompts.open_candidates(message.senders)
        words = questions.several_unclear(problems, candidates, message.received_at)
        return Understanding(message.senders[0], words)

    async def _in_pieces(
        self, message: OwnersMessage, joined: str, recollection: Recollection | None
    ) -> Understanding | None:
        """Asks about `yes 48 21`, which might be one dictated number.

        Returns None if no open draft has that number.
        """
        targets = await self._targets.named(message, joined, recollection) if is_number(joined) else []
        if len(targets) != 1 or not (found := targets[0].found).record.is_open:
            return None
        words = not_decided_yet(found.candidate, unseen([found.record], message.senders, recollection))
        return Understanding(found.sender, words, subject=Subject(found.candidate.id, Telling.ANSWER))

    async def _taken(
        self, message: OwnersMessage, wanted: Sequence[tuple[Target, Verdict]], recollection: Recollection | None
    ) -> Understanding | list[str]:
        """Takes one verdict on each candidate; returns a line for each obstacle if there is any."""
        if question := await self._targets.contradiction(message, [target for target, _ in wanted], recollection):
            return Understanding(message.senders[0], question)
        if len(wanted) == 1:
            ((target, verdict),) = wanted
            return await self._verdicts.weigh(message, target, verdict, recollection)
        return self._verdicts.weigh_together(message, [(each.found, v) for each, v in wanted], recollection)


def _on_each(wanted: Sequence[tuple[Target, Verdict]]) -> list[tuple[Target, list[Verdict]]]:
    """Groups the verdicts by candidate, because one can be named twice."""
    targets = {target.found.candidate.id: target for target, _ in wanted}
    verdicts: dict[str, list[Verdict]] = {id_: [] for id_ in targets}
    for target, verdict in wanted:
        if verdict not in verdicts[target.found.candidate.id]:
            verdicts[target.found.candidate.id].append(verdict)
    return [(target, verdicts[id_]) for id_, target in targets.items()]


def _unclear(name: str, targets: list[Target]) -> str | None:
    match targets:
        case []:
            return questions.unknown_among_several(name)
        case [_]:
            return None
    return questions.ambiguous_among_several(name, [target.found.candidate for target in targets])
