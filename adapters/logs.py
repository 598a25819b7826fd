"""Logs on standard output: one event a line, as JSON or for a person at a terminal."""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

import structlog
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

_TEMPORAL_FIELDS = ("workflow_id", "workflow_type", "activity_type", "attempt")
_REPEATED = {"workflow_type", "__temporal_error_identifier"}
"""Fields that a person knows from the event's name."""

_QUIET = {
    "httpx": logging.WARNING,  # it logs each request's URL
    "temporalio.worker": logging.WARNING,  # worker_started and worker_stopping say the same
    "uvicorn": logging.WARNING,  # api_started and api_stopping say the same
}


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


def configure(log_format: LogFormat | None = None, more_fields: Sequence[structlog.typing.Processor] = ()) -> None:
    """Sends every logger's records to standard output.

    Without a format, a terminal gets lines for a person, and everything else JSON.
    """
    is_console = log_format is LogFormat.CONSOLE or (log_format is None and sys.stdout.isatty())
    clock = structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_console else "iso", utc=not is_console)
    fields: list[structlog.typing.Processor] = [structlog.processors.add_log_level, *more_fields, clock]
    renderers = _for_a_person() if is_console else _as_json()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _flatten_temporal, _shorten_ordinary_failures, *fields],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
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
    """Writes lines to standard output; a line that cannot be written is lost."""

    def __init__(self, *_: object) -> None:
        self._output = sys.stdout

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._output.write(f"{line}\n")
            self._output.flush()

    debug = info = warning = error = critical = msg


def _as_json() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _for_a_person() -> list[structlog.typing.Processor]:
    """Renders fields in the code's order, and tracebacks without local variables."""
    plain = structlog.dev.plain_traceback
    return [_shown, structlog.dev.ConsoleRenderer(colors=_has_color(), sort_keys=False, exception_formatter=plain)]


def _has_color() -> bool:
    """Returns what NO_COLOR and FORCE_COLOR say; without them, only a terminal has color."""
    return not os.environ.get("NO_COLOR") and (bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty())


def _shown(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Drops empty and repeated fields, and renders enums and lists as plain text."""
    dropped = _REPEATED | ({"workflow_id"} if "candidate_id" in event else set())
    return {name: _words(value) for name, value in event.items() if name not in dropped and value is not None}


def _words(value: Any) -> Any:
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    return str(value) if isinstance(value, StrEnum) else value


def _flatten_temporal(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keeps only those fields of Temporal's context that name the workflow and activity."""
    event.pop("color_message", None)  # uvicorn's copy of its message
    context = event.pop("temporal_workflow", None) or event.pop("temporal_activity", None) or {}
    event.pop("temporal_activity", None)
    event.update({name: context[name] for name in _TEMPORAL_FIELDS if name in context})
    return event


def _shorten_ordinary_failures(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replaces the traceback of an error that an activity raises on purpose by its reason."""
    error = (event.get("exc_info") or (None, None))[1]
    if isinstance(error, ApplicationError):
        del event["exc_info"]
        event.update(event="activity_failed", reason=str(error))
    return event
