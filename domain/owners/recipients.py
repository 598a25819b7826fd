"""The recipients that an operator allows, if there is such a list.

With a list, a person who has only core's secret reaches nobody else.
"""

import re
from dataclasses import dataclass

from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError
from domain.owners import addresses

_PREFIX = re.compile(r"(\+[1-9]\d{0,14})\*")
_DOMAIN = re.compile(r"\*@([a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?)")


@dataclass(frozen=True)
class AllowedRecipients:
    """Patterns of addresses by channel; an empty list allows everybody."""

    patterns: tuple[tuple[Channel, re.Pattern[str]], ...]

    @classmethod
    def parse(cls, listed: str) -> "AllowedRecipients":
        """Parses comma-separated addresses, `*@domain` and phone prefixes.

        Raises a ValueError that does not repeat the entry.
        """
        entries = [addresses.trimmed(entry) for entry in listed.split(",")]
        return cls(tuple(_pattern(number, entry) for number, entry in enumerate(entries, start=1) if entry))

    def allows(self, approver: Approver) -> bool:
        """Returns whether an approver is listed, by any form of their number."""
        return not self.patterns or any(
            channel is form.channel and pattern.fullmatch(form.handle)
            for channel, pattern in self.patterns
            for form in approver.forms
        )


def _pattern(number: int, entry: str) -> tuple[Channel, re.Pattern[str]]:
    """Returns the channel of an entry, and a pattern of the handles that it allows.

    A phone prefix matches only phone numbers, because an e-mail address can begin like one.
    """
    channel = Channel.of_address(entry)
    if prefix := _PREFIX.fullmatch(entry[len(channel.traits.prefix) :]):
        return channel, re.compile(re.escape(prefix[1]) + r"\d*")
    if domain := _DOMAIN.fullmatch(entry.lower()):
        return channel, re.compile(r"[^@]+@" + re.escape(domain[1]))
    try:
        approver = Approver.read(channel, entry)
    except InvalidAddressError:
        approver = None
    if approver is None or "*" in entry:
        raise ValueError(
            f"entry {number} is not an address (whatsapp:+15551234567 or owner@example.com), "
            "a domain (*@example.com) or a phone prefix (whatsapp:+49* or +49*)"
        )
    return channel, re.compile(re.escape(approver.handle))
