"""How full Redis is."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.errors import SlotsUnavailableError


async def read(redis: Redis) -> tuple[int, int]:
    """Give the bytes in use and the most that it may use, 0 if it has no limit; raises SlotsUnavailableError."""
    try:
        memory = await redis.info("memory")
    except (RedisError, OSError) as error:
        raise SlotsUnavailableError(f"Redis does not answer: {type(error).__name__}") from None
    return int(memory["used_memory"]), int(memory.get("maxmemory", 0))
