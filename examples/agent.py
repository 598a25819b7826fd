"""An agent without a public URL: it waits for the decision and rewrites its draft by the note."""

import os
from typing import Any
from uuid import uuid4

import httpx

SECRET = os.environ.get("WEBHOOK_SIGNING_SECRET", "development-only-core-secret-0123456789")
GATEWAY = os.environ.get("GATEWAY_URL", "http://localhost:8080")
POST = {"brand_id": "b_agent", "platform": "x", "source_ref": "post_1", "context_url": "https://x.com/jane/status/1"}


def rewrite(draft: str, note: str) -> str:
    """Call your model here; this one can only shorten a draft."""
    return draft.partition(".")[0] + ". [simulate: approve after 2s]" if "shorter" in note else draft


def ask(http: httpx.Client, candidate_id: str, draft: str) -> dict[str, Any]:
    candidate = {**POST, "id": candidate_id, "persona": "normal", "proposed_text": draft}
    http.post("/candidate", json=candidate).raise_for_status()
    while True:  # a wait can end before the decision
        answer: dict[str, Any] = http.get(f"/candidate/{candidate_id}?wait=50").raise_for_status().json()
        if answer["decision"] or answer["ended"]:
            return answer


with httpx.Client(base_url=GATEWAY, headers={"Authorization": f"Bearer {SECRET}"}, timeout=60) as http:
    thread, draft = uuid4().hex, "We hear you. A fix is on its way, at long last! [simulate: redo after 2s: shorter]"
    for attempt in range(5):  # the same id after a crash asks nobody twice
        answer = ask(http, f"ag_{thread}_{attempt}", draft)
        print(f"{answer['decision']}: {answer['final_text'] or answer['note']}", flush=True)
        if not answer["note"]:
            break
        draft = rewrite(draft, answer["note"])
