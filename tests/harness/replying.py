"""The edge's own code for replies in the test's process, for tests that wire it differently."""

from temporalio.client import Client

from adapters.config.brands import Brands
from adapters.redis.chats import RedisChats
from adapters.tracing.tracing import Untraced
from api.health.metrics import EdgeMetrics
from engine.candidates import Candidates
from engine.clock import EngineClock
from engine.owner_hashes import OwnerHashes
from engine.replies.replies import Replies
from engine.signaling import Signals
from tests.harness.stack import Stack, load


def replies_of(stack: Stack, client: Client, chats: RedisChats, signals: Signals | None = None) -> Replies:
    """Wires the same objects as api/app.py."""
    settings = load(stack.environment)
    return Replies(
        client,
        Candidates(client),
        OwnerHashes(settings.core_secrets),
        Brands(settings.brands_file, settings.globals),
        signals or Signals(client, Untraced()),
        chats,
        EngineClock(),
        EdgeMetrics(),
    )
