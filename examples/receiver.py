"""Receives decisions: verifies each signature and acts on each decision once, across restarts."""

import os
import sqlite3
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from standardwebhooks import Webhook, WebhookVerificationError

SIGNING_KEY = os.environ.get("CORE_DECISION_WEBHOOK_SIGNING_KEY", "whsec_ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleQ==")
PORT = int(os.environ.get("RECEIVER_PORT", "8000"))

app = FastAPI()
webhook = Webhook(SIGNING_KEY)
database = sqlite3.connect(os.environ.get("RECEIVER_DATABASE", "decisions.db"))
database.execute("CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY)")


@app.post("/decisions")
async def receive(request: Request) -> dict[str, str]:
    try:
        decision = webhook.verify(await request.body(), dict(request.headers))
    except (WebhookVerificationError, ValueError):  # the library raises ValueError for malformed headers
        raise HTTPException(401, "the signature is missing or wrong") from None
    with database:  # act in the transaction that remembers the decision
        new = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [request.headers["webhook-id"]]).rowcount
        if new:
            act_on(decision)
    return {"status": "received" if new else "repeated"}


def act_on(decision: dict[str, Any]) -> None:
    """Post `final_text` here; it is None unless the draft was approved or edited."""
    print(f"{decision['id']} {decision['decision']}: {decision['final_text']}", flush=True)


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
