"""The command line: what may be asked for, checked before anything is done."""

import argparse
import re
import sys
from collections.abc import Sequence

from domain.candidate import LONGEST_TEXT, Approver
from domain.channels import Channel
from domain.conversation.numbers import is_number
from domain.decision import Outcome
from domain.errors import InvalidAddressError
from domain.identifiers import BRAND_ID, CANDIDATE_ID, approval_workflow_id

_EXAMPLES = """\
examples:
  python -m tools.candidates list --open --owner whatsapp:+15551234567
  python -m tools.candidates list --number 4821
  python -m tools.candidates query --parked --brand b_acme
  python -m tools.candidates retry --all
  python -m tools.candidates decide cr_1 edited --text 'A better one.' --operator jane
  python -m tools.candidates withdraw --all --brand b_acme --operator jane
  python -m tools.candidates ask-again cr_1 --channel whatsapp --operator jane

The exit code is 1 if something could not be done, 2 if the command line or
a setting is wrong.
"""
_DIGITS = 4
_NAME = r"[^\s:](?:[^\n\r\t:]{0,62}[^\s:])?"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line, or end the process with what is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.candidates",
        description="Find candidates, deliver decisions again, decide in the owners' stead, withdraw, ask again.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_searches(commands)
    _add_retry(commands)
    _add_decide(commands)
    _add_withdraw(commands)
    _add_ask_again(commands)
    options = parser.parse_args(arguments)
    if getattr(options, "text", None) == "-":
        options.text = sys.stdin.read().strip()
    if problem := _problem(options):
        commands.choices[options.command].error(problem)
    return options


def _add_searches(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listing = commands.add_parser("list", help="candidates, where each stands, and why it waits")
    listing.add_argument("--limit", type=_count, default=200, help="at most so many (default: %(default)s)")
    query = commands.add_parser("query", help="the same search for the UI's filter, or for --query of Temporal's CLI")
    query.add_argument("--ui", metavar="URL", help="print a link into this Temporal UI instead")
    for command in (listing, query):
        standing = command.add_mutually_exclusive_group()
        standing.add_argument("--open", action="store_true", help="not decided yet")
        standing.add_argument("--pending", action="store_true", help="decided, and on its way to core")
        standing.add_argument("--parked", action="store_true", help="decided, and not taken by core")
        command.add_argument("--brand", type=_brand, help="only this brand's")
        command.add_argument("--number", type=_number, help="only those that an owner calls so: 4821")
        command.add_argument("--owner", type=_owner, metavar="ADDRESS", help="only those that this owner may decide")


def _add_retry(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("retry", help="deliver decisions to core now: parked ones, and ones that wait")
    _add_candidates(command)
    command.add_argument("--all", action="store_true", help="all that core has not taken yet")
    command.add_argument("--brand", type=_brand, help="with --all: only this brand's")


def _add_decide(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("decide", help="decide one in its owners' stead")
    command.add_argument("candidate_id", type=_candidate, nargs=1)
    command.add_argument("decision", choices=[o.value for o in Outcome if o is not Outcome.EXPIRED])
    command.add_argument("--text", help="with edited: what is posted instead; - reads it from standard input")
    command.add_argument("--operator", type=_name, required=True, help="your name, for core and for the history")


def _add_withdraw(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("withdraw", help="let candidates expire now; their owners are told")
    _add_candidates(command)
    command.add_argument("--all", action="store_true", help="with --brand: all that are open")
    command.add_argument("--brand", type=_brand)
    command.add_argument("--operator", type=_name, required=True, help="your name, for core and for the history")


def _add_ask_again(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("ask-again", help="send prompts once more, marked as repeated")
    command.add_argument("candidate_id", type=_candidate, nargs="+", help="as core named it, or as the UI shows it")
    command.add_argument("--channel", choices=[channel.value for channel in Channel], help="only on this one")
    command.add_argument("--operator", type=_name, required=True, help="your name, for the history")


def _add_candidates(command: argparse.ArgumentParser) -> None:
    command.add_argument("candidate_id", type=_candidate, nargs="*", help="as core named it, or as the UI shows it")


def _problem(options: argparse.Namespace) -> str | None:
    """Say what is wrong with the whole, where each argument is right by itself."""
    if options.command in {"retry", "withdraw"}:
        if bool(options.candidate_id) is options.all:
            return "give either candidates or --all"
        if options.candidate_id and options.brand:
            return "--brand goes with --all"
        if options.command == "withdraw" and options.all and not options.brand:
            return "--all needs --brand: name whose candidates are withdrawn"
    if options.command == "decide":
        if (options.decision == Outcome.EDITED) is not bool(options.text):
            return "--text goes with edited, and edited needs it"
        if (length := len(options.text or "")) > LONGEST_TEXT:
            return f"the text has {length} characters, {LONGEST_TEXT} are allowed"
    return None


def _candidate(text: str) -> str:
    candidate_id = text.removeprefix(approval_workflow_id(""))
    if not re.fullmatch(CANDIDATE_ID, candidate_id):
        raise argparse.ArgumentTypeError(f"no candidate id: {text}")
    return candidate_id


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError("a number from 1")
    return int(text)


def _brand(text: str) -> str:
    if not re.fullmatch(BRAND_ID, text):
        raise argparse.ArgumentTypeError(f"no brand id: {text}")
    return text


def _number(text: str) -> str:
    """Read a number, of which the search attribute has the first four digits."""
    if not is_number(text):
        raise argparse.ArgumentTypeError("a candidate's number has four digits, or more, and begins with no year")
    return text[:_DIGITS]


def _name(text: str) -> str:
    if not re.fullmatch(_NAME, text.strip()):
        raise argparse.ArgumentTypeError("a name is 1 to 64 characters in one line, without a colon")
    return text.strip()


def _owner(text: str) -> list[Approver]:
    """Read an address as a decision names it, or a bare one: a phone number alone is looked for on every channel.

    A number that its channel knows in two forms is looked for in both.
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
