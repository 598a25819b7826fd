"""How an owner answers a prompt: by a tap if there is a button for it, otherwise in words."""

from collections.abc import Sequence

from simulator.answering.instruction import Act, Instruction
from simulator.answering.prompt import Prompt, read
from simulator.reply import OwnerReply
from simulator.world import ChatMessage

_TAPS = {Act.APPROVE: "approve", Act.LATE: "approve", Act.SKIP: "skip", Act.REJECT: "skip"}
_WORDS = {Act.APPROVE: "yes", Act.LATE: "yes"}
_READ_ALL = "show"


def answer(asked: Prompt, candidate_id: str, instruction: Instruction, shown: Sequence[ChatMessage]) -> OwnerReply:
    """Returns the owner's message.

    It names the draft by its number, or by its id if another draft has the same number.
    """
    button = _TAPS.get(instruction.act)
    if button and not instruction.text and (tap := _tap(asked, f"{button} {candidate_id}", shown)):
        return tap
    command = f"{_WORDS.get(instruction.act, instruction.act)} {_name(asked, candidate_id, shown)}"
    return _reply(asked, text=f"{command}: {instruction.text}" if instruction.text else command)


def reading_all(asked: Prompt, candidate_id: str, shown: Sequence[ChatMessage]) -> OwnerReply | None:
    """Returns the tap on the Read all button of a cut prompt; None without such a button."""
    return _tap(asked, f"{_READ_ALL} {candidate_id}", shown)


def _tap(asked: Prompt, button_id: str, shown: Sequence[ChatMessage]) -> OwnerReply | None:
    chat = (asked.channel, asked.address)
    for message in reversed(shown):
        if (message.channel, message.address) == chat and any(b.id == button_id for b in message.buttons):
            return _reply(asked, quoted=message.id, tap=button_id)
    return None


def _reply(asked: Prompt, **content: str) -> OwnerReply:
    return OwnerReply.model_validate({"channel": asked.channel, "sender": asked.address, **content})


def _name(asked: Prompt, candidate_id: str, shown: Sequence[ChatMessage]) -> str:
    is_shared = any(
        other.number == asked.number and other.candidate_id not in {None, candidate_id}
        for message in shown
        if asked.number in message.text and (other := read(message, ()))
    )
    return candidate_id if is_shared else asked.number
