"""Candidates as operators' commands read them: whatever stands in the way of reading one has one error."""

from temporalio.client import WorkflowExecution

from domain.errors import UnreadablePayloadError
from engine.candidates import CandidateRecord


async def record_of(execution: WorkflowExecution) -> CandidateRecord:
    """Read one; raises UnreadablePayloadError, also where a run was started by hand, without what the edge adds."""
    try:
        return await CandidateRecord.of(execution)
    except KeyError:
        raise UnreadablePayloadError("its run has no candidate in its memo") from None
    except ValueError as error:
        raise UnreadablePayloadError(str(error)) from None
