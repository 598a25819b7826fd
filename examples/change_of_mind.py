"""An agent that changes its mind: it replaces one draft and withdraws another."""

import os
from typing import Any
from uuid import uuid4

import httpx

SECRET = os.environ.get("WEBHOOK_SIGNING_SECRET", "development-only-core-secret-0123456789")
GATEWAY = os.environ.get("GATEWAY_URL", "http://localhost:8080")
POST = {"brand_id": "b_mind", "platform": "x", "source_ref": "post_1", "context_url": "https://x.com/jane/status/1"}


def post(http: httpx.Client, candidate_id: str, draft: str, replaces: str | None = None) -> None:
    candidate = {**POST, "id": candidate_id, "persona": "normal", "proposed_text": draft, "replaces": replaces}
    response = http.post("/candidate", json=candidate)
    if response.status_code == httpx.codes.CONFLICT:  # the owner was faster
        print(response.json()["detail"])
    response.raise_for_status()


def show_decision(http: httpx.Client, candidate_id: str) -> None:
    answer: dict[str, Any] = {"decision": None, "ended": None}
    while not (answer["decision"] or answer["ended"]):  # a wait can end before the decision
        answer = http.get(f"/candidate/{candidate_id}?wait=50").raise_for_status().json()
    print(f"{candidate_id}: {answer['decision']} by {answer['decider']}", flush=True)


with httpx.Client(base_url=GATEWAY, headers={"Authorization": f"Bearer {SECRET}"}, timeout=60) as http:
    run = uuid4().hex[:8]
    first, second, third = (f"cr_{run}_{name}" for name in ("first", "second", "third"))

    post(http, first, "The beta opens on Mnday. [simulate: ignore]")
    http.get(f"/candidate/{first}?wait=2")  # until its owner has been asked
    post(http, second, "The beta opens on Monday. [simulate: approve after 2s]", replaces=first)
    show_decision(http, first)
    show_decision(http, second)

    post(http, third, "The beta opens on Tuesday. [simulate: ignore]")
    http.delete(f"/candidate/{third}").raise_for_status()
    show_decision(http, third)
