"""How full Redis is."""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.errors import RedisUnavailableError


@dataclass(frozen=True)
class RedisMemory:
    """In bytes; a most of 0 is no limit. A policy of None is not told."""

    used: int
    most: int
    eviction_policy: str | None


async def read(redis: Redis) -> RedisMemory:
    """Raise RedisUnavailableError if it does not answer, or may not or does not tell."""
    try:
        told = await redis.info("memory")
    except (RedisError, OSError) as error:
        raise RedisUnavailableError(f"Redis does not answer: {type(error).__name__}") from None
    if "used_memory" not in told:
        raise RedisUnavailableError("Redis does not tell how full it is")
    return RedisMemory(int(told["used_memory"]), int(told.get("maxmemory", 0)), told.get("maxmemory_policy"))
