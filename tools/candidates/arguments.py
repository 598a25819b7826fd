"""The command line, checked before anything is done."""

import argparse
import sys
from collections.abc import Sequence

from domain.candidate import LONGEST_TEXT
from domain.channels import Channel
from domain.decision import Outcome
from tools.candidates import values

_EXAMPLES = """\
examples:
  python -m tools.candidates list --open --owner whatsapp:+15551234567
  python -m tools.candidates list --number 4821
  python -m tools.candidates show 4821
  python -m tools.candidates query --parked --brand b_acme
  python -m tools.candidates retry --all
  python -m tools.candidates decide cr_1 edited --text 'A better one.' --operator jane
  python -m tools.candidates withdraw --all --brand b_acme --operator jane --dry-run
  python -m tools.candidates ask-again cr_1 --channel whatsapp --operator jane

The exit code is 1 if something failed, 2 if the command line or a setting is
wrong.
"""
_NAMING = "its id, as in core or in the UI, or its number"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; ends the process with a message if it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.candidates",
        description="Find and show candidates, deliver again, decide for the owners, withdraw, ask again.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_searches(commands)
    _add_show(commands)
    _add_views(commands)
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
    listing = commands.add_parser("list", help="candidates, their states, and why they wait")
    listing.add_argument("--limit", type=values.count, default=200, help="the maximum to show (default: %(default)s)")
    listing.add_argument("--json", action="store_true", help="for scripts")
    query = commands.add_parser("query", help="the same search for the UI's filter, or for --query in Temporal's CLI")
    query.add_argument("--ui", metavar="URL", help="print a link into this Temporal UI instead")
    for command in (listing, query):
        standing = command.add_mutually_exclusive_group()
        standing.add_argument("--open", action="store_true", help="not decided yet")
        standing.add_argument("--pending", action="store_true", help="decided, not delivered to core yet")
        standing.add_argument("--parked", action="store_true", help="decided, and not accepted by core")
        command.add_argument("--brand", type=values.brand, help="only this brand's")
        command.add_argument("--number", type=values.number, help="only those with this number, such as 4821")
        command.add_argument(
            "--owner", type=values.owner, metavar="ADDRESS", help="only those that this owner may decide"
        )


def _add_show(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("show", help="everything about a candidate, each step with its time")
    command.add_argument("candidate_id", type=values.candidate, nargs="+", help=_NAMING)
    command.add_argument("--text", action="store_true", help="also show the post, the draft and the final text")
    command.add_argument("--json", action="store_true", help="for scripts")


def _add_views(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("views", help="candidates in Temporal's UI: a link, columns and saved views")
    command.add_argument("ui", metavar="URL", help="of the UI: https://temporal.example.com")


def _add_retry(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("retry", help="deliver decisions to core now, parked or waiting ones")
    _add_candidates(command)
    command.add_argument("--all", action="store_true", help="all that core has not accepted yet")
    command.add_argument("--brand", type=values.brand, help="with --all: only this brand's")


def _add_decide(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("decide", help="decide one for its owners")
    command.add_argument("candidate_id", type=values.candidate, nargs=1, help=_NAMING)
    command.add_argument("decision", choices=[o.value for o in Outcome if o is not Outcome.EXPIRED])
    command.add_argument("--text", help="with edited: the new text; - reads it from standard input")
    command.add_argument("--operator", type=values.name, required=True, help="your name, for core and for the history")


def _add_withdraw(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("withdraw", help="let candidates expire now; their owners are notified")
    _add_candidates(command)
    command.add_argument("--all", action="store_true", help="with --brand: all open ones, after a question")
    command.add_argument("--brand", type=values.brand)
    agreeing = command.add_mutually_exclusive_group()
    agreeing.add_argument("--dry-run", action="store_true", help="with --all: only show them")
    agreeing.add_argument("--yes", action="store_true", help="with --all: do not ask, for scripts")
    command.add_argument("--operator", type=values.name, required=True, help="your name, for core and for the history")


def _add_ask_again(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("ask-again", help="send prompts once more, marked as repeated")
    command.add_argument("candidate_id", type=values.candidate, nargs="+", help=_NAMING)
    command.add_argument("--channel", choices=[channel.value for channel in Channel], help="only on this one")
    command.add_argument("--operator", type=values.name, required=True, help="your name, for the history")


def _add_candidates(command: argparse.ArgumentParser) -> None:
    command.add_argument("candidate_id", type=values.candidate, nargs="*", help=_NAMING)


def _problem(options: argparse.Namespace) -> str | None:
    """Returns what is wrong with the combination of arguments."""
    match options.command:
        case "retry":
            return _problem_of_choice(options)
        case "withdraw":
            return _problem_of_choice(options) or _problem_of_withdrawal(options)
        case "decide":
            return _problem_of_decision(options)
        case _:
            return None


def _problem_of_choice(options: argparse.Namespace) -> str | None:
    if bool(options.candidate_id) is options.all:
        return "name either candidates or --all"
    return "--brand needs --all" if options.candidate_id and options.brand else None


def _problem_of_withdrawal(options: argparse.Namespace) -> str | None:
    if not options.all:
        return "--dry-run and --yes need --all" if options.dry_run or options.yes else None
    if not options.brand:
        return "--all needs --brand: name whose candidates are withdrawn"
    is_settled = options.dry_run or options.yes or sys.stdin.isatty()
    return None if is_settled else "there is no terminal to ask at: add --yes or --dry-run"


def _problem_of_decision(options: argparse.Namespace) -> str | None:
    if (options.decision == Outcome.EDITED) is not bool(options.text):
        return "edited needs --text, and --text needs edited"
    length = len(options.text or "")
    return f"the text has {length} characters; the limit is {LONGEST_TEXT}" if length > LONGEST_TEXT else None
