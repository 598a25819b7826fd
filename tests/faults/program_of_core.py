"""A program of core's developers, written with `gateway_client` (made by openapi-python-client)."""

import sys

from gateway_client import AuthenticatedClient
from gateway_client.api.core import create_candidate, get_candidate, list_activity
from gateway_client.models.candidate_accepted import CandidateAccepted
from gateway_client.models.candidate_in import CandidateIn
from gateway_client.models.candidate_out import CandidateOut
from gateway_client.models.invalid_request import InvalidRequest
from gateway_client.models.list_activity_state_item import ListActivityStateItem
from gateway_client.models.persona import Persona
from gateway_client.models.platform import Platform


def main(url: str, secret: str) -> str:
    """Posts a draft, reads it, and finds it among the undecided candidates."""
    candidate = CandidateIn(
        id="cr_generated",
        brand_id="b_generated",
        platform=Platform.LINKEDIN,
        source_ref="post_1",
        proposed_text="Thanks!",
        persona=Persona.SMART,
        context_url="https://example.com/posts/1",
    )
    with AuthenticatedClient(base_url=url, token=secret) as client:
        accepted = create_candidate.sync(client=client, body=candidate)
        if isinstance(accepted, InvalidRequest):
            return str(accepted.detail)
        assert isinstance(accepted, CandidateAccepted)
        known = get_candidate.sync(accepted.candidate_id, client=client)
        assert isinstance(known, CandidateOut)
        note: str | None = known.note
        listed = list_activity.sync_detailed(client=client, state=[ListActivityStateItem.OPEN])
        return f"{accepted.status.value} {known.state.value} {note} {listed.status_code.value}"


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
