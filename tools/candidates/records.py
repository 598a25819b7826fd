"""Reads candidates for operators' commands; every failure is one type of error."""

from temporalio.client import WorkflowExecution

from domain.errors import UnreadablePayloadError
from engine.candidates import CandidateRecord


async def record_of(execution: WorkflowExecution) -> CandidateRecord:
    """Raises UnreadablePayloadError, also for a run without the edge's memo, started by hand."""
    try:
        return await CandidateRecord.of(execution)
    except KeyError:
        raise UnreadablePayloadError("its run has no candidate in its memo") from None
    except ValueError as error:
        raise UnreadablePayloadError(str(error)) from None
