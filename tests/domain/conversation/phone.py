"""What a person reads on the phone, and what they can mean by it."""

from dataclasses import dataclass, field

from tests.domain.conversation.facts import text_for


@dataclass(frozen=True)
class SeenMessage:
    """A message on the phone.

    It asks about a candidate, or about a text in place of its draft, or tells an end.
    """

    at: float
    about: str
    asks: bool
    is_question: bool = False
    text: str = ""

    @property
    def meaning(self) -> str:
        return text_for(self.about, self.text) if self.text else self.about


@dataclass
class OwnersPhone:
    """Every message from our addresses to the person's addresses."""

    seen: list[SeenMessage] = field(default_factory=list)

    def show(self, *seen: SeenMessage) -> None:
        self.seen += seen

    def read_by(self, when: float, looked: float, withdrawn: set[str]) -> list[str]:
        """Returns what a bare word can be about if its writer had read this far; the newest first.

        Answers are read until `looked`, because they arrive while the chat is open. A writer who
        read a question last answers that question; if it was about a text, the writer means the
        text.
        """
        read = [seen for seen in self.seen if seen.at <= (max(when, looked) if seen.is_question else when)]
        ended = {seen.about for seen in read if not seen.asks} | withdrawn
        if read and read[-1].is_question and read[-1].about not in ended:
            return [read[-1].meaning]
        asking = {seen.about: seen.meaning for seen in read if seen.asks and seen.about not in ended}
        newest = dict.fromkeys(seen.about for seen in reversed(read) if seen.about in asking)
        return [asking[about] for about in newest]

    def asked_back_between(self, first: float, last: float) -> bool:
        """Returns whether a question arrived; an owner who has read it answers it."""
        return any(first <= seen.at <= last for seen in self.seen if seen.is_question)
