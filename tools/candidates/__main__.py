"""`python -m tools.candidates`: finds, shows and changes candidates (docs/operations.md).

Reads TEMPORAL_* and PAYLOAD_ENCRYPTION_KEYS, and for --owner WEBHOOK_SIGNING_SECRET.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from adapters.config import settings
from adapters.temporal import connection as temporal
from domain.errors import EngineMisconfiguredError, EngineUnreachedError, UnreadablePayloadError
from domain.identifiers import approval_workflow_id
from engine.calls import state_of
from tools.candidates import actions, arguments, printing, searches, views
from tools.candidates.details import details_of
from tools.candidates.rows import rows
from workflows.signals import AskAgain, OperatorDecision

_WITHOUT_TEMPORAL = {"query", "views"}


async def main(given: Sequence[str]) -> int:
    options = arguments.read(given)
    if options.command == "query" and not options.ui:
        print(searches.query_of(options))
        return 0
    encryption_keys = settings.load_encryption().encryption_keys
    try:
        client = await temporal.connect(encryption_keys, lazy=options.command in _WITHOUT_TEMPORAL)
        return await _run(client, options)
    except EngineMisconfiguredError as error:
        temporal.refuse(error)
    except EngineUnreachedError as error:
        print(error, file=sys.stderr)
    except RPCError as error:
        print(f"{_trouble(error)}: {error}", file=sys.stderr)
    except UnreadablePayloadError as error:
        print(f"A candidate cannot be read: {error}", file=sys.stderr)
    return 1


def _trouble(error: RPCError) -> str:
    """Returns what is wrong with Temporal, in the words of logs and answers."""
    state = state_of(error)
    return state.traits.words if state else "Temporal refuses this"


async def _run(client: Client, options: argparse.Namespace) -> int:
    match options.command:
        case "query":
            print(views.link(options.ui, client.namespace, searches.query_of(options)))
            return 0
        case "views":
            _print_views(options.ui, client.namespace)
            return 0
        case "list":
            return await _list(client, options)
        case "show":
            return await _show(client, options)
        case "withdraw" if options.all:
            return await _withdraw_all(client, options)
        case _:
            return await _act(client, options)


def _print_views(ui_url: str, namespace: str) -> None:
    print(views.link(ui_url, namespace, views.EVERYTHING))
    print("\nFor columns and saved views, paste this into each browser's console once, on a page of the UI.\n")
    print(views.script(namespace))


async def _list(client: Client, options: argparse.Namespace) -> int:
    found = await rows(client, searches.query_of(options), options.limit)
    if options.json:
        printing.print_json([row.fields for row in found])
    else:
        printing.print_rows(found)
    if len(found) in {0, options.limit}:
        said = f"Only the first {len(found)} are shown; for more, raise --limit." if found else "No candidate found."
        print(said, file=sys.stderr)
    return 0


async def _show(client: Client, options: argparse.Namespace) -> int:
    shown, is_complete = [], True
    for given in options.candidate_id:
        runs = [await _run_of(client, named) for named in await searches.named(client, "show", given)]
        described = [run for run in runs if run]
        if not described:
            is_complete = False
            print(f"{given}: unknown, or deleted after Temporal's retention", file=sys.stderr)
        shown += [await details_of(client, each, with_texts=options.text) for each in described]
    if options.json:
        printing.print_json([each.fields for each in shown])
    else:
        printing.print_details(shown)
    return 0 if is_complete else 1


async def _run_of(client: Client, candidate_id: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(approval_workflow_id(candidate_id)).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def _withdraw_all(client: Client, options: argparse.Namespace) -> int:
    """Shows candidates, asks for a yes, and withdraws only those that it showed."""
    found = await rows(client, searches.all_for("withdraw", options.brand), None)
    printing.print_rows(found)
    if not found:
        print("No candidate found.", file=sys.stderr)
        return 0
    count = f"{len(found)} candidate{'' if len(found) == 1 else 's'} of {options.brand}"
    if options.dry_run:
        print(f"{count} would be withdrawn.", file=sys.stderr)
        return 0
    if not options.yes and not _is_agreed(f"Withdraw {count}? Core and the owners are notified. [y/N] "):
        print("Nothing was withdrawn.", file=sys.stderr)
        return 1
    done = await actions.each(client, [row.candidate_id for row in found], _action(client, options), named=False)
    return 0 if all(done) else 1


def _is_agreed(question: str) -> bool:
    """Asks at the terminal; an interrupt means no, so asyncio's handler must not take it."""
    others = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        return False
    finally:
        signal.signal(signal.SIGINT, others)


async def _act(client: Client, options: argparse.Namespace) -> int:
    chosen, are_clear = [], True
    for given in options.candidate_id:
        found = await searches.named(client, options.command, given)
        if len(found) == 1:
            chosen += found
            continue
        are_clear = False
        print(
            f"{given}: "
            + (f"several candidates have this number: {', '.join(found)}" if found else "no candidate has this number")
        )
    is_all = bool(getattr(options, "all", False))
    if is_all:
        chosen = [each async for each in searches.ids(client, searches.all_for(options.command, options.brand))]
    if is_all and not chosen:
        print("No candidate found.", file=sys.stderr)
    done = await actions.each(client, chosen, _action(client, options), named=not is_all)
    return 0 if all(done) and are_clear else 1


def _action(client: Client, options: argparse.Namespace) -> actions.Action:
    match options.command:
        case "retry":
            return actions.retrying(client)
        case "decide":
            return actions.deciding(OperatorDecision(options.operator, options.decision, options.text))
        case "ask-again":
            return actions.asking_again(AskAgain(options.operator, options.channel))
        case _:
            return actions.withdrawing(options.operator)


if __name__ == "__main__":
    temporal.leave(asyncio.run(main(sys.argv[1:])))
