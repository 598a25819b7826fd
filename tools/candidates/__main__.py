"""`python -m tools.candidates`: what docs/operations.md tells operators to do by it.

Reads TEMPORAL_* and PAYLOAD_ENCRYPTION_KEYS, and for an owner's candidates WEBHOOK_SIGNING_SECRET.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from adapters.config import settings
from adapters.temporal import connection as temporal
from domain.errors import EngineMisconfiguredError, UnreadablePayloadError
from tools.candidates import actions, arguments, searches
from workflows.signals import AskAgain, OperatorDecision


async def main(given: Sequence[str]) -> int:
    options = arguments.read(given)
    if options.command == "query" and not options.ui:
        print(searches.query_of(options))
        return 0
    encryption_keys = settings.load_encryption().encryption_keys
    try:
        client = await temporal.connect(encryption_keys, lazy=options.command == "query")
        return await _run(client, options)
    except EngineMisconfiguredError as error:
        temporal.refuse(error)
    except (RuntimeError, RPCError) as error:
        print(f"Temporal does not answer: {error}", file=sys.stderr)
    except UnreadablePayloadError as error:
        print(f"A candidate cannot be read: {error}", file=sys.stderr)
    return 1


async def _run(client: Client, options: argparse.Namespace) -> int:
    if options.command == "query":
        print(searches.link(options.ui, client.namespace, searches.query_of(options)))
        return 0
    if options.command == "list":
        found = await searches.show(client, searches.query_of(options), options.limit)
        if found in {0, options.limit}:
            print(
                f"Only {found} are shown; --limit shows more." if found else "No candidate is found.", file=sys.stderr
            )
        return 0
    done = await actions.each(client, _named(client, options), _action(client, options), named=not _is_all(options))
    if not done:
        print("No candidate is found.", file=sys.stderr)
    return 0 if all(done) else 1


def _is_all(options: argparse.Namespace) -> bool:
    return bool(getattr(options, "all", False))


async def _named(client: Client, options: argparse.Namespace) -> AsyncIterator[str]:
    """Give the candidates to act on."""
    for candidate_id in options.candidate_id:
        yield candidate_id
    if _is_all(options):
        retried = options.command == "retry"
        query = searches.unfinished(options.brand) if retried else searches.open_of(options.brand)
        async for candidate_id in searches.ids(client, query):
            yield candidate_id


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
