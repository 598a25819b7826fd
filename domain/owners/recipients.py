"""Who may be asked at all, where an operator lists it: core's secret alone then reaches nobody else."""

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
    """Patterns of addresses by channel; none at all allow everybody."""

    patterns: tuple[tuple[Channel, re.Pattern[str]], ...]

    @classmethod
    def parse(cls, listed: str) -> "AllowedRecipients":
        """Read addresses, `*@domain` and phone prefixes, comma-separated; raises a ValueError that echoes none."""
        entries = [addresses.trimmed(entry) for entry in listed.split(",")]
        return cls(tuple(_pattern(number, entry) for number, entry in enumerate(entries, start=1) if entry))

    def allows(self, approver: Approver) -> bool:
        """Returns whether somebody is listed, by any of the forms of their number."""
        return not self.patterns or any(
            channel is form.channel and pattern.fullmatch(form.handle)
            for channel, pattern in self.patterns
            for form in approver.forms
        )


def _pattern(number: int, entry: str) -> tuple[Channel, re.Pattern[str]]:
    """A prefix matches phone numbers alone: an e-mail address may begin like one."""
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
            f"entry {number} is neither an address, as whatsapp:+15551234567 or owner@example.com, "
            "nor *@ and a domain, nor a phone prefix, as whatsapp:+49* or +49*"
        )
    return channel, re.compile(re.escape(approver.handle))
