"""Temporal queries for operators' searches, and the candidates that an id or a number names."""

import argparse
from collections.abc import AsyncIterator, Sequence

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config import settings
from domain.candidate import Approver
from domain.conversation import numbers
from domain.identifiers import approval_workflow_id
from engine.candidates import candidate_id_of
from engine.owner_hashes import OwnerHashes
from tools.candidates.views import EVERYTHING
from workflows.search_attributes import IS_PARKED, IS_PENDING, IS_UNDECIDED

_DIGITS = 4
_OF_COMMAND = {"show": EVERYTHING, "retry": f"({IS_PARKED} OR {IS_PENDING})"}
"""The candidates that a command may name; other commands may name open ones."""


def query_of(options: argparse.Namespace) -> str:
    """Returns the query; an owner's has a keyed hash of each address for each secret in use."""
    is_filtered = (("open", IS_UNDECIDED), ("pending", IS_PENDING), ("parked", IS_PARKED))
    standing = next((query for name, query in is_filtered if getattr(options, name)), EVERYTHING)
    numbered = [_numbered(options.number)] if options.number else []
    return " AND ".join([standing, *_of_brand(options.brand), *numbered, *_of_owner(options.owner)])


def all_for(command: str, brand_id: str | None) -> str:
    """Returns the query for all candidates that a command may name."""
    return " AND ".join([_OF_COMMAND.get(command, IS_UNDECIDED), *_of_brand(brand_id)])


async def named(client: Client, command: str, given: str) -> list[str]:
    """Returns the candidate with this id, or those with this number."""
    if not numbers.is_number(given) or await _is_known(client, given):
        return [given]
    found = ids(client, f"{all_for(command, None)} AND {_numbered(given)}")
    return [candidate_id async for candidate_id in found if numbers.fits(given, candidate_id)]


async def ids(client: Client, query: str) -> AsyncIterator[str]:
    """Yields the ids of the candidates that a query finds."""
    async for execution in client.list_workflows(query):
        yield candidate_id_of(execution)


async def _is_known(client: Client, candidate_id: str) -> bool:
    try:
        await client.get_workflow_handle(approval_workflow_id(candidate_id)).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _numbered(number: str) -> str:
    """Searches for the first digits of a number; the search attribute has only those."""
    return f"Number = '{number[:_DIGITS]}'"


def _of_brand(brand_id: str | None) -> list[str]:
    return [f"BrandId = '{brand_id}'"] if brand_id else []


def _of_owner(approvers: Sequence[Approver] | None) -> list[str]:
    if not approvers:
        return []
    hashes = OwnerHashes(settings.load_search().core_secrets).all_hashes(approvers)
    return [f"Owner IN ({', '.join(map(repr, hashes))})"]
