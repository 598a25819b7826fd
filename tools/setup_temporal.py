"""`python -m tools.setup_temporal`: registers the search attributes that the gateway needs; harmless to repeat.

In Temporal Cloud they are created with its own tools instead.
"""

import asyncio
import time

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest

from adapters import temporal
from workflows import search_attributes

_PATIENCE_SEC = 30


async def main() -> None:
    """Register them as soon as Temporal answers."""
    give_up_at = time.monotonic() + _PATIENCE_SEC
    while True:
        try:
            client = await temporal.connect({}, lazy=False)
            break
        except RuntimeError:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.2)
    types = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in search_attributes.ALL}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    await client.operator_service.add_search_attributes(request)
    print(f"search attributes registered in namespace {client.namespace}: {', '.join(types)}")


if __name__ == "__main__":
    asyncio.run(main())
    temporal.leave()
