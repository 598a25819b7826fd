"""Redis: whether it answers and can keep rate limits. Lost keys only fill buckets: a warning."""

from collections.abc import Awaitable
from contextlib import aclosing
from datetime import timedelta
from urllib.parse import urlsplit

from adapters.config.brands import Brands
from adapters.config.settings import Settings
from adapters.http.proxies import is_private
from adapters.redis import client_limits
from adapters.redis import connection as redis_connection
from adapters.redis import health as redis_health
from adapters.redis.failures import RedisFault
from adapters.redis.health import RedisMemory
from adapters.redis.slots import RedisSlots
from domain.errors import RedisUnavailableError
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning

_MOST_AHEAD = timedelta(seconds=5)
_NEARLY_FULL = 0.8
_MIB = 1024 * 1024
_USER = "give its user the permissions in docs/security.md"
_FIXES = {
    RedisFault.CLUSTER: "set REDIS_URL to a Redis with one primary, with or without sentinels (docs/deployment.md)",
    RedisFault.HOST: "correct the host in REDIS_URL, or the name server of this machine",
    RedisFault.REFUSED: "start Redis, or correct host and port in REDIS_URL",
    RedisFault.SILENT: "check whether a firewall drops packets and, with rediss://, whether that port speaks TLS",
    RedisFault.CLOSED: "use rediss:// if it speaks TLS; add ?ssl_certfile=…&ssl_keyfile=… if it needs a certificate",
    RedisFault.TLS: "use rediss:// only if it speaks TLS; add ?ssl_certfile=…&ssl_keyfile=… if it needs a certificate",
    RedisFault.UNTRUSTED: "add ?ssl_ca_certs=/path/of/authority.pem to REDIS_URL for a private authority (env.example)",
    RedisFault.EXPIRED: "renew the certificate of Redis, or set the clock of this machine",
    RedisFault.ANOTHER_NAME: "use its certificate's name in REDIS_URL, or a certificate for the name in REDIS_URL",
    RedisFault.PASSWORD: "correct user and password in REDIS_URL, percent-encoded: redis://user:password@host:port/0",
    RedisFault.PERMISSION: _USER,
    RedisFault.DATABASE: "correct the number after the last / in REDIS_URL; 0 always exists",
    RedisFault.NO_PRIMARY: "correct the sentinels' addresses and the service's name in REDIS_URL",
}


async def check(settings: Settings) -> Findings:
    url = settings.redis_url.get_secret_value()
    yield _transport(url)
    async with aclosing(redis_connection.connect(url)) as redis:
        try:
            health = await redis_health.read(redis)
        except RedisUnavailableError as error:
            yield problem("redis.connection", f"{error}; no prompt is sent", _how_to_fix(error))
            for name in ("redis.script", "redis.client_limit", "redis.hints"):
                yield not_checked(name, "Redis cannot be used")
            return
        yield ok("redis.connection", "answers")
        slots = RedisSlots(redis, Brands(settings.brands_file, settings.globals))
        yield await _script(redis_health.try_script(redis, slots))
        yield await _client_limit(client_limits.check(redis))
        yield await _hints(redis_health.try_hints(redis))
    if health.memory:
        yield _eviction(health.memory)
        yield _memory(health.memory)
    else:
        yield not_checked("redis.eviction", "its user may not call INFO")
        yield not_checked("redis.memory", "its user may not call INFO")
    yield _clock(health.ahead)


def _how_to_fix(error: RedisUnavailableError) -> str:
    return next((fix for fault, fix in _FIXES.items() if fault in str(error)), "start Redis, or correct REDIS_URL")


async def _script(tried: Awaitable[None]) -> Finding:
    try:
        await tried
    except RedisUnavailableError as error:
        fix = f"{_USER}, above all EVALSHA on ~slots:* and ~chats:*; check that it is a primary with free memory"
        return problem("redis.script", f"{error}; no prompt is sent", fix)
    return ok("redis.script", "grants slots, and records the messages to chats")


async def _client_limit(tried: Awaitable[None]) -> Finding:
    try:
        await tried
    except RedisUnavailableError as error:
        return warning("redis.client_limit", str(error), f"{_USER}, among them RENAME and the keys ~clients:*")
    return ok("redis.client_limit", "counts the requests of each client")


async def _hints(tried: Awaitable[None]) -> Finding:
    try:
        await tried
    except RedisUnavailableError as error:
        fix = f"{_USER}, among them PUBLISH and SUBSCRIBE on the channel &hints:decided"
        return warning("redis.hints", f"{error}; core waits longer for decisions (?wait=)", fix)
    return ok("redis.hints", "passes on hints that a candidate is decided")


def _eviction(memory: RedisMemory) -> Finding:
    policy = memory.eviction_policy
    if policy is None:
        return not_checked("redis.eviction", "Redis does not report its policy")
    if policy == "noeviction" or not memory.most:
        return ok("redis.eviction", f"{policy}; maxmemory {_size(memory.most) if memory.most else 'not set'}")
    says = f"{policy}: when its memory is full, it forgets limits, and an owner may be asked more often"
    fix = "use a Redis for the gateway only, with maxmemory-policy noeviction: every key of ours expires by itself"
    return warning("redis.eviction", says, fix)


def _memory(memory: RedisMemory) -> Finding:
    if not memory.most:
        return ok("redis.memory", f"{_size(memory.used)} in use, no limit")
    says = f"{_size(memory.used)} of {_size(memory.most)} in use"
    if memory.used < _NEARLY_FULL * memory.most:
        return ok("redis.memory", says)
    return warning("redis.memory", says, "raise maxmemory, or check which other programs write there")


def _clock(ahead: timedelta | None) -> Finding:
    if ahead is None:
        return not_checked("redis.clock", "its user may not call TIME")
    seconds = ahead.total_seconds()
    if abs(ahead) <= _MOST_AHEAD:
        return ok("redis.clock", f"differs from this machine's clock by {abs(seconds):.1f} s")
    says = f"differs from this machine's clock by {seconds:+.0f} s: when it is corrected, a prompt may be sent early"
    return warning("redis.clock", says, "run a time service (chrony) on both machines")


def _transport(url: str) -> Finding:
    parts = urlsplit(url)
    hosts = [host.rpartition("@")[2].partition(":")[0] for host in parts.netloc.split(",")]
    if parts.scheme.startswith("rediss"):
        return ok("redis.tls", "encrypted")
    if all(is_private(host if len(hosts) > 1 else parts.hostname or "") for host in hosts):
        return ok("redis.tls", "not encrypted, within the private network")
    return warning("redis.tls", "the connection and its password are not encrypted", "use rediss:// in REDIS_URL")


def _size(count: int) -> str:
    return f"{count / _MIB:.1f} MiB"
