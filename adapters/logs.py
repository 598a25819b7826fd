"""Logs: one JSON object a line on standard output; in a terminal, the same for human eyes."""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

_TEMPORAL_FIELDS = ("workflow_id", "workflow_type", "activity_type", "attempt")


def configure(more_fields: Sequence[structlog.typing.Processor] = ()) -> None:
    """Write what our own loggers say at once, and every other logger's records in the same form."""
    fields: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        *more_fields,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers = _renderers()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _flatten_temporal, _say_ordinary_failures, *fields],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log each request's URL
    for logger in (workflow.logger, activity.logger):
        logger.workflow_info_on_message = False  # type: ignore[union-attr]  # each adapter has one of the two
        logger.activity_info_on_message = False  # type: ignore[union-attr]  # as above
    structlog.configure(
        processors=[*fields, *renderers],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class _Lines:
    """Writes lines to standard output; one that cannot be written stops nothing, as with Python's own loggers."""

    def __init__(self, *_: object) -> None:
        self._output = sys.stdout

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._output.write(f"{line}\n")
            self._output.flush()

    debug = info = warning = error = critical = msg


def _renderers() -> list[structlog.typing.Processor]:
    if sys.stdout.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _flatten_temporal(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep of Temporal's context what names the workflow; drop uvicorn's second, coloured copy of its message."""
    event.pop("color_message", None)
    context = event.pop("temporal_workflow", None) or event.pop("temporal_activity", None) or {}
    event.pop("temporal_activity", None)
    event.update({name: context[name] for name in _TEMPORAL_FIELDS if name in context})
    return event


def _say_ordinary_failures(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Log what an activity raises on purpose as its reason: a provider that refuses needs no traceback."""
    error = (event.get("exc_info") or (None, None))[1]
    if isinstance(error, ApplicationError):
        del event["exc_info"]
        event["reason"] = str(error)
    return event
