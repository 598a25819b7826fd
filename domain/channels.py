"""The channels, and what each can do: a row for each. Code asks for a trait, not which channel it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.errors import InvalidAddressError
from domain.owners import addresses


@dataclass(frozen=True)
class Traits:
    """What holds for a channel, of its app, its provider and our adapter together."""

    label: str
    """As owners and operators read it."""
    longest_message: int
    """UTF-16 units."""
    cuts_replies_from: int | None
    """An owner's message of so many UTF-16 units may lack its end; None where all of it comes."""
    reports_statuses: bool
    """Whether the provider reports what becomes of a message."""
    answers_in_response: bool
    """Whether the response to a webhook reaches the owner; where it does not, every answer is a message of its own."""
    has_template: bool
    """Whether a prompt that fits may go out as an approved template, with buttons."""
    formats_text: bool
    """Whether the app takes `*`, `_`, `~` and backticks for styles, and hides them."""
    has_opt_outs: bool
    """Whether the provider sends nothing more to somebody who writes STOP, until they write START."""
    returns_own_messages: bool
    """Whether a message of ours may come back as one of its reader's."""
    is_searchable: bool
    """Whether the provider says which messages it has sent."""
    send_timeout: timedelta
    """A few seconds above what the adapter waits for the provider: a send that takes longer has lost its worker."""
    stranger_patience: timedelta
    """How long a message may wait until its unknown sender is searched for; then the webhook fails."""
    prefix: str
    """What an address begins with as people write it, in lower case."""
    handles: tuple[Callable[[str], str | None], ...]
    """What may follow the prefix: each reads one kind of handle, and returns None for any other."""
    how_to_write: str
    """What to write where an address cannot be read."""
    forms: Callable[[str], tuple[str, ...]]
    """Returns every handle by which the provider may name the person who has this one, the given one first."""


class Channel(StrEnum):
    WHATSAPP = "whatsapp"
    IMESSAGE = "imessage"

    @property
    def traits(self) -> Traits:
        return _TRAITS[self]

    @property
    def label(self) -> str:
        return self.traits.label

    @classmethod
    def of_address(cls, address: str) -> "Channel":
        """Returns the channel whose prefix an address has; one without a prefix takes what no other one does."""
        written = [channel for channel in cls if channel.has_prefix(address)]
        return max(written, key=lambda channel: len(channel.traits.prefix))

    def has_prefix(self, address: str) -> bool:
        prefix = self.traits.prefix
        return address[: len(prefix)].lower() == prefix

    def handle_of(self, address: str) -> str:
        """Reads the handle in an address; raises InvalidAddressError if it is none of this channel."""
        text = addresses.trimmed(address)
        if self.has_prefix(text):
            rest = addresses.trimmed(text[len(self.traits.prefix) :])
            for read in self.traits.handles:
                if handle := read(rest):
                    return handle
        raise InvalidAddressError(self.traits.how_to_write)


_TRAITS: Mapping[Channel, Traits] = {
    Channel.WHATSAPP: Traits(
        label="WhatsApp",
        longest_message=1600,  # Twilio's limit of a body
        cuts_replies_from=1599,  # Twilio cuts at 1,600, and no character in two
        reports_statuses=True,
        answers_in_response=True,
        has_template=True,
        formats_text=True,
        has_opt_outs=True,
        returns_own_messages=False,
        is_searchable=True,
        send_timeout=timedelta(seconds=15),
        stranger_patience=timedelta(seconds=4),  # Twilio waits no longer, and delivers again
        prefix="whatsapp:",
        handles=(addresses.business_scoped_id, addresses.phone),
        how_to_write="use whatsapp:+<country code and number> or Twilio's whatsapp:<CC>.<id>",
        forms=addresses.with_and_without_digit,
    ),
    Channel.IMESSAGE: Traits(
        label="iMessage",
        longest_message=20_000,  # the sidecar names no limit, and no prompt comes near this
        cuts_replies_from=None,
        reports_statuses=False,
        answers_in_response=False,
        has_template=False,
        formats_text=False,
        has_opt_outs=False,
        returns_own_messages=True,  # one Mac may be signed in as both; what is recognised as ours is ignored
        is_searchable=False,
        send_timeout=timedelta(seconds=70),
        stranger_patience=timedelta(seconds=10),  # the sidecar does not deliver again
        prefix="",
        handles=(addresses.email, addresses.phone),
        how_to_write="use an e-mail address or a phone number that begins with + and the country code",
        forms=addresses.only_form,
    ),
}
