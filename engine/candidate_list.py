"""The candidate list of GET /activity, page by page, from Temporal's visibility store.

The store sorts open runs by start time, newest first, which suits undecided candidates. It cannot
sort by time of decision, so decided candidates are fetched in windows of time that contain about a
page, and sorted here.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import InvalidCursorError, UnreadablePayloadError
from engine.calls import engine_call
from engine.candidate_filter import CandidateFilter
from engine.candidates import CandidateRecord
from engine.listed_candidates import UNDECIDED, Entry, readable

log = structlog.get_logger()

_LONGEST_WINDOW = timedelta(days=400)
_SHORTEST_WINDOW = timedelta(seconds=1)
_WINDOW_SHRINKAGE = 8
_MOST_IN_WINDOW = 300
_NOT_OURS = "this cursor is not one of ours; start again without it"
_OTHER_FILTER = "this cursor belongs to a list with other filters; start again without it"


@dataclass(frozen=True)
class Cursor:
    """Where the next page begins: at the store's token among open runs, or before a decision.

    `skip` contains the ids decided at exactly that moment that earlier pages listed. `filter_mark`
    identifies the filter of the list. A cursor is signed, so that no forged one reaches the store.
    """

    filter_mark: str = ""
    token: str | None = None
    before: datetime | None = None
    skip: tuple[str, ...] = ()

    def encode(self, secret: str) -> str:
        content = _CURSOR.dump_json(self)
        return base64.urlsafe_b64encode(_signature(secret, content) + content).decode()

    @classmethod
    def decode(cls, text: str, secrets: Sequence[str]) -> "Cursor":
        try:
            signed = base64.urlsafe_b64decode(text.encode("ascii"))
        except ValueError:
            signed = b""
        signature, content = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        if not any(hmac.compare_digest(signature, _signature(secret, content)) for secret in secrets):
            raise InvalidCursorError(_NOT_OURS)
        return _CURSOR.validate_json(content)


_CURSOR = TypeAdapter(Cursor)
_SIGNATURE_BYTES = 16


def _signature(secret: str, content: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"activity cursor" + content, hashlib.sha256)[:_SIGNATURE_BYTES]


class CandidatePages:
    def __init__(self, client: Client, secrets: Sequence[str]) -> None:
        self._client = client
        self._secrets = secrets
        self._left_out: set[str] = set()

    async def page(
        self, wanted: CandidateFilter, limit: int, cursor: str | None, now: datetime
    ) -> tuple[list[CandidateRecord], str | None]:
        """Returns at most `limit` entries and the next cursor.

        Raises InvalidCursorError, EngineUnavailableError and UnreadablePayloadError.
        """
        entries, following = await self._entries(wanted, limit, cursor, now)
        records = readable(entries, is_first_page=not cursor)
        self._name_left_out(entries)
        return records, following

    def _name_left_out(self, entries: Sequence[Entry]) -> None:
        """Logs each missing candidate once, because the list does not show that."""
        for entry in entries:
            if isinstance(entry.content, UnreadablePayloadError) and entry.candidate_id not in self._left_out:
                self._left_out.add(entry.candidate_id)
                log.warning("candidate_left_out", candidate_id=entry.candidate_id, reason=str(entry.content))

    async def _entries(
        self, wanted: CandidateFilter, limit: int, cursor: str | None, now: datetime
    ) -> tuple[list[Entry], str | None]:
        start = self._start(wanted, cursor)
        entries: list[Entry] = []
        if start.before is None and (query := wanted.undecided):
            entries, token = await self._undecided(query, limit, start.token)
            if token:
                return entries, replace(start, token=token).encode(self._secrets[0])
        before = start.before or now + timedelta(minutes=1)
        decided = await self._decided(wanted, limit - len(entries) + 1, before, start.skip)
        is_last = len(entries) + len(decided) <= limit
        just_decided = {entry.candidate_id for entry in decided}
        undecided = [entry for entry in entries if entry.candidate_id not in just_decided]
        page = [*undecided, *decided][:limit]
        if is_last:
            return page, None
        following = _following(page, before, start.skip)
        return page, replace(following, filter_mark=start.filter_mark).encode(self._secrets[0])

    def _start(self, wanted: CandidateFilter, cursor: str | None) -> Cursor:
        if not cursor:
            return Cursor(filter_mark=wanted.mark)
        start = Cursor.decode(cursor, self._secrets)
        if start.filter_mark != wanted.mark:
            raise InvalidCursorError(_OTHER_FILTER)
        return start

    async def _undecided(self, query: str, limit: int, token: str | None) -> tuple[list[Entry], str | None]:
        try:
            async with engine_call():
                found = self._client.list_workflows(
                    query, page_size=limit, next_page_token=base64.b64decode(token) if token else None
                )
                await found.fetch_next_page()
        except RPCError as error:
            if token and error.status is RPCStatusCode.INVALID_ARGUMENT:
                raise InvalidCursorError(_NOT_OURS) from error
            raise
        entries = [await Entry.of(execution) for execution in found.current_page or []]
        return entries, base64.b64encode(found.next_page_token).decode() if found.next_page_token else None

    async def _decided(self, wanted: CandidateFilter, count: int, before: datetime, skip: Sequence[str]) -> list[Entry]:
        """Returns the last `count` candidates decided at or before a moment, the latest first."""
        window = await self._window(wanted, count + len(skip), before)
        query = wanted.decided(before - window, before)
        if query is None:
            return []
        async with engine_call():
            found = self._client.list_workflows(query)
            entries = [await Entry.of(execution) async for execution in found]
        fresh = [entry for entry in entries if not (entry.candidate_id in skip and entry.decided_at == before)]
        return sorted(fresh, key=lambda entry: (entry.decided_at, entry.candidate_id), reverse=True)[:count]

    async def _window(self, wanted: CandidateFilter, enough: int, before: datetime) -> timedelta:
        """Returns how far back to look for `enough` candidates without reading many more.

        Tries the longest window first, then shrinks it, then bisects.
        """
        too_short, too_long, window = timedelta(0), None, _LONGEST_WINDOW
        while query := wanted.decided(before - window, before):
            async with engine_call():
                count = (await self._client.count_workflows(query)).count
            if count > _MOST_IN_WINDOW:
                too_long = window
            elif count >= enough or too_long is None:
                return window
            else:
                too_short = window
            if too_long - too_short <= _SHORTEST_WINDOW:
                return too_long
            window = (too_short + too_long) / 2 if too_short else window / _WINDOW_SHRINKAGE
        return window


def _following(page: Sequence[Entry], before: datetime, skip: Sequence[str]) -> Cursor:
    """Returns the cursor after the last decided entry of a page.

    Without a decided entry, the next page begins at the first decided one of all.
    """
    decided = [entry for entry in page if entry.decided_at > UNDECIDED]
    if not decided:
        return Cursor(before=before, skip=tuple(skip))
    last = decided[-1].decided_at
    given = [entry.candidate_id for entry in decided if entry.decided_at == last]
    return Cursor(before=last, skip=tuple([*skip, *given] if last == before else given))
