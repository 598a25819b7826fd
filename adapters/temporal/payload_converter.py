"""Temporal's Pydantic converter, with errors that do not quote what they could not read."""

from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter


class SharedPayloadConverter(CompositePayloadConverter):
    """Shares its type readers within a process.

    The SDK makes a converter for each run and each workflow task.
    """

    def __init__(self) -> None:
        super().__init__(*_pydantic().converters.values())

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Reads payloads; an unreadable one without a type hint stays raw.

        Raises ValueError without the payload's content: errors are logged, and payloads contain
        what owners write.
        """
        return [self._read(payload, hint) for payload, hint in zip_longest(payloads, type_hints or ())]

    def _read(self, payload: Payload, hint: type | None) -> Any:
        try:
            return super().from_payloads([payload], [hint] if hint else None)[0]
        except Exception as error:  # noqa: BLE001  # any converter's error might quote the payload
            if hint is None:
                return RawValue(payload)
            raise ValueError(f"not a valid {getattr(hint, '__name__', hint)}: {_what(error)}") from None


@cache
def _pydantic() -> PydanticPayloadConverter:
    return PydanticPayloadConverter()


def _what(error: Exception) -> str:
    """Returns the names of the wrong fields and the types of the errors, without values."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return ", ".join(f"{'.'.join(map(str, each['loc'])) or 'the whole value'} ({each['type']})" for each in found)
