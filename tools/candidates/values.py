"""Types of command-line values for argparse: each returns a value, or says what is wrong."""

import argparse
import re

from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.numbers import is_number
from domain.errors import InvalidAddressError
from domain.identifiers import BRAND_ID, CANDIDATE_ID, approval_workflow_id

_NAME = r"[^\s:](?:[^\n\r\t:]{0,62}[^\s:])?"


def candidate(text: str) -> str:
    candidate_id = text.removeprefix(approval_workflow_id(""))
    if not re.fullmatch(CANDIDATE_ID, candidate_id):
        raise argparse.ArgumentTypeError(f"not a candidate id: {text}")
    return candidate_id


def count(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError("a number must be 1 or more")
    return int(text)


def brand(text: str) -> str:
    if not re.fullmatch(BRAND_ID, text):
        raise argparse.ArgumentTypeError(f"not a brand id: {text}")
    return text


def number(text: str) -> str:
    if not is_number(text):
        raise argparse.ArgumentTypeError("a candidate's number has four digits or more, and does not begin with a year")
    return text


def name(text: str) -> str:
    if not re.fullmatch(_NAME, text.strip()):
        raise argparse.ArgumentTypeError("a name is 1 to 64 characters in one line, without a colon")
    return text.strip()


def owner(text: str) -> list[Approver]:
    """Reads an address as in a decision; without a channel, a phone number counts for each.

    A number that has two forms on its channel counts in both.
    """
    found: list[Approver] = []
    for channel in Channel:
        try:
            found.extend(Approver.read(channel, _as_written_on(channel, text)).forms)
        except InvalidAddressError:
            continue
    if not found:
        raise argparse.ArgumentTypeError("an owner is whatsapp:+15551234567, +15551234567 or owner@example.com")
    return found


def _as_written_on(channel: Channel, text: str) -> str:
    """Returns an owner's address as people write it on a channel."""
    prefix = channel.traits.prefix
    if not prefix:
        return text.removeprefix(f"{channel}:")
    return text if ":" in text else prefix + text
