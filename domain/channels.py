"""The channels and their traits. Code asks for a trait, and not for a particular channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.errors import InvalidAddressError
from domain.owners import addresses


@dataclass(frozen=True)
class Traits:
    """The properties of a channel: those of its app, its provider and our adapter combined."""

    label: str
    """The name for owners and operators."""
    longest_message: int
    """In UTF-16 units."""
    cuts_replies_from: int | None
    """An owner's message with this many UTF-16 units might lack its end; None if no message is cut.
    """
    reports_statuses: bool
    """Whether the provider reports what becomes of a message."""
    answers_in_response: bool
    """Whether the response to a webhook reaches the owner; otherwise every answer is a separate
    message."""
    has_template: bool
    """Whether a prompt that fits can go out as an approved template, with buttons."""
    formats_text: bool
    """Whether the app reads `*`, `_`, `~` and backticks as styles, and hides them."""
    has_opt_outs: bool
    """Whether the provider sends nothing more to a person who writes STOP, until they write START.
    """
    returns_own_messages: bool
    """Whether a message of ours can come back as one of its reader's."""
    is_searchable: bool
    """Whether the provider can say which messages it has sent."""
    send_timeout: timedelta
    """A few seconds longer than the adapter waits for the provider. A send that takes longer has
    lost its worker."""
    stranger_patience: timedelta
    """How long a message can wait for the search for its unknown sender; then the webhook fails."""
    prefix: str
    """The prefix of an address as people write it, in lower case."""
    handles: tuple[Callable[[str], str | None], ...]
    """Parsers of what follows the prefix: each reads one kind of handle, and returns None for any
    other."""
    how_to_write: str
    """Advice for an address that cannot be read."""
    forms: Callable[[str], tuple[str, ...]]
    """Returns every handle by which the provider might name the same person, the given one first.
    """


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
        """Returns the channel with the longest prefix that the address has.

        One channel's prefix is empty, so an address without a prefix belongs to that channel.
        """
        written = [channel for channel in cls if channel.has_prefix(address)]
        return max(written, key=lambda channel: len(channel.traits.prefix))

    def has_prefix(self, address: str) -> bool:
        prefix = self.traits.prefix
        return address[: len(prefix)].lower() == prefix

    def handle_of(self, address: str) -> str:
        """Parses an address of this channel into its handle; raises InvalidAddressError."""
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
        cuts_replies_from=1599,  # Twilio cuts at 1,600, but never inside a character
        reports_statuses=True,
        answers_in_response=True,
        has_template=True,
        formats_text=True,
        has_opt_outs=True,
        returns_own_messages=False,
        is_searchable=True,
        send_timeout=timedelta(seconds=15),
        stranger_patience=timedelta(seconds=4),  # Twilio waits no longer, and then delivers again
        prefix="whatsapp:",
        handles=(addresses.business_scoped_id, addresses.phone),
        how_to_write="use whatsapp:+<country code and number> or Twilio's whatsapp:<CC>.<id>",
        forms=addresses.with_and_without_digit,
    ),
    Channel.IMESSAGE: Traits(
        label="iMessage",
        longest_message=20_000,  # the sidecar documents no limit, and every prompt is far shorter
        cuts_replies_from=None,
        reports_statuses=False,
        answers_in_response=False,
        has_template=False,
        formats_text=False,
        has_opt_outs=False,
        returns_own_messages=True,  # one Mac can be signed in as both; recognized messages of ours are ignored
        is_searchable=False,
        send_timeout=timedelta(seconds=70),
        stranger_patience=timedelta(seconds=10),  # the sidecar does not deliver again
        prefix="",
        handles=(addresses.email, addresses.phone),
        how_to_write="use an e-mail address or a phone number that begins with + and the country code",
        forms=addresses.only_form,
    ),
}
