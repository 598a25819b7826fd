"""Everything about one candidate: its state, its prompts, and its events with their times."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription

from domain.errors import UnreadablePayloadError
from domain.identifiers import webhook_id
from domain.sending.sends import PromptStanding
from engine.candidates import CandidateRecord
from tools.candidates.histories import Happening, history_of
from tools.candidates.records import record_of
from tools.candidates.rows import Row, decider_of, of_record, row
from tools.candidates.waits import prompt_said, why


@dataclass(frozen=True)
class CandidateDetails:
    row: Row
    facts: dict[str, str] = field(default_factory=dict)
    prompts: Sequence[str] = ()
    happenings: Sequence[Happening] = ()
    texts: dict[str, str] = field(default_factory=dict)
    """The post, the draft, the final text and the note; empty unless requested."""

    @property
    def fields(self) -> dict[str, Any]:
        """Returns the fields of the JSON output."""
        happened = [{"at": each.at.astimezone(UTC).isoformat(), "what": each.what} for each in self.happenings]
        texts = {"texts": self.texts} if self.texts else {}
        return self.row.fields | self.facts | {"prompts": list(self.prompts), "happened": happened} | texts


async def details_of(client: Client, found: WorkflowExecutionDescription, *, with_texts: bool) -> CandidateDetails:
    """Reads one candidate; of an unreadable one, returns the unencrypted parts."""
    try:
        record = await record_of(found)
        history = await history_of(client, client.get_workflow_handle(found.id, run_id=found.run_id))
        shown = of_record(record, found, await why(client, record, found, history))
    except UnreadablePayloadError:
        return CandidateDetails(await row(client, found))
    return CandidateDetails(
        row=shown,
        facts=_facts(record, found),
        prompts=_prompts(record),
        happenings=sorted([*history.happenings, *_decided(record)], key=lambda each: each.at),
        texts=_texts(record) if with_texts else {},
    )


def _facts(record: CandidateRecord, execution: WorkflowExecution) -> dict[str, str]:
    candidate, decision = record.candidate, record.decision
    facts = {
        "platform": str(candidate.platform),
        "post": candidate.context_url,
        "source_ref": candidate.source_ref,
        "replaces": candidate.replaces,
        "via": decision and decision.via,
        "replaced_by": decision and decision.replaced_by,
        "webhook_id": decision and webhook_id(candidate.id),
        "run": f"{execution.status.name.lower() if execution.status else ''}, {execution.run_id}",
        "cancellation": "requested" if record.is_cancelled else None,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _prompts(record: CandidateRecord) -> list[str]:
    """Describes each prompt; one that still waits at the decision is never sent."""
    is_over = record.decision is not None or not record.is_running
    unsent = {prompt.chat for prompt in record.prompts if is_over and prompt.standing is PromptStanding.WAITING}
    return [f"{each.chat}: not sent" if each.chat in unsent else prompt_said(each) for each in record.prompts]


def _decided(record: CandidateRecord) -> list[Happening]:
    decision = record.decision
    return [Happening(decision.decided_at, f"{decision.outcome} by {decider_of(decision)}")] if decision else []


def _texts(record: CandidateRecord) -> dict[str, str]:
    decision = record.decision
    texts = {
        "source_text": record.candidate.source_text,
        "proposed_text": record.candidate.proposed_text,
        "final_text": decision and decision.final_text,
        "note": decision and decision.note,
    }
    return {name: text for name, text in texts.items() if text}
