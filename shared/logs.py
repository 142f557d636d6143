"""One event, one line: JSON in the Elastic Common Schema for machines, or short coloured lines for people.

Values cannot forge log lines: control characters are escaped and long values cut. Exceptions go into the same line, and
their messages without the lines in which databases show data.
"""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from traceback import format_tb
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from shared import context

LONGEST_VALUE = 500
LONGEST_STACK_TRACE = 8_000
_QUIET = {
    "aiosqlite": "WARNING",  # at DEBUG it would write down every value
    "alembic": "WARNING",
    "aiormq": "CRITICAL",
    "aio_pika": "CRITICAL",
    "httpx": "WARNING",
    "asyncio": "WARNING",
    "uvicorn.access": "WARNING",
    "shared.persistence.pool.MeasuredPool": "WARNING",  # SQLAlchemy names the log after the class
}
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")
_AS_THEY_ARE = (int, float, bool, type(None))
_STACK = "error.stack_trace"
_JSON = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=True)
_DRIVERS = ("asyncpg", "sqlite3", "aiosqlite", "sqlalchemy.dialects")
_ABOUT_NO_VALUE = ("08", "25", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "XX")

# Control characters, what a terminal or a reader takes for a line end, direction overrides, and halves of surrogates.
_UNSAFE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_UNSAFE |= {
    code: f"\\u{code:04x}"
    for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000))
}
_UNSAFE_IN_STACK = {code: text for code, text in _UNSAFE.items() if code != ord("\n")}


def configure(*, service: str, level: str, format: str) -> None:
    """Send structlog and the standard library's logging to standard error as `format`: `json` or `console`.

    Calling it again replaces the first configuration. `service` becomes `service.name` where an event names none.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    tail: list[Processor] = [_Ecs(service), _as_json] if format == "json" else [_stack_below, _for_people()]
    shape: list[Processor] = [
        _with_context,
        _with_exception,
        _safe,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp" if format == "json" else "timestamp"),
        *tail,
    ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, _named, *shape],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_StandardLibrary(shape)], level=threshold, force=True)
    logging.captureWarnings(capture=True)
    for name in _UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(threshold, logging.getLevelNamesMapping()[quiet]))
    sys.excepthook = _crash


class _Lines:
    """Where structlog's finished lines go."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        _write(line)

    debug = info = warning = error = critical = exception = msg


class _StandardLibrary(logging.Handler):
    """Brings the lines of uvicorn, SQLAlchemy and others into the same shape."""

    def __init__(self, shape: Sequence[Processor]) -> None:
        super().__init__()
        self._shape = shape

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments that do not fit their format are no reason to lose the event
            message = str(record.msg)
        shaped: Any = {
            "event": message,
            "level": record.levelname.lower(),
            "logger": record.name,
            "exc_info": record.exc_info,
        }
        for processor in self._shape:
            shaped = processor(None, record.levelname.lower(), shaped)
        _write(shaped)


def _write(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the reader of the log is gone: the work goes on
        sys.stderr.write(f"{line}\n")


def _crash(kind: type[BaseException], error: BaseException, _: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("the process ends by an unexpected error", exc_info=error)


def _named(logger: Any, _: str, event: EventDict) -> EventDict:
    event["logger"] = logger.name
    return event


def _with_context(_: Any, __: str, event: EventDict) -> EventDict:
    here = context.current()
    if here is not None:
        event.setdefault("trace.id", here.trace_id)
        event.setdefault("span.id", here.span_id)
        event.setdefault("http.request.id", here.request_id)
    return event


def _with_exception(_: Any, __: str, event: EventDict) -> EventDict:
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["error.type"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["error.message"] = _first_line(error)
        event[_STACK] = "".join(_causes(error, set()))
    return event


def _causes(error: BaseException, logged: set[int]) -> Iterator[str]:
    """Yield the chain of exceptions, oldest cause first like Python, with the first line of each message only."""
    logged.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in logged:
        yield from _causes(before, logged)
        yield "\nwhich led to:\n\n"
    yield from format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_first_line(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            if id(inner) not in logged:
                yield from _causes(inner, logged)


def _first_line(error: BaseException) -> str:
    """Return the first line of the message: validators quote data in later lines, and drivers anywhere."""
    try:
        if type(error).__module__.startswith(_DRIVERS) or isinstance(getattr(error, "orig", None), BaseException):
            return _facts_of_database(error)
        return str(error).partition("\n")[0]
    except Exception:  # noqa: BLE001 - a broken __str__ must not hide the error
        return "(has no readable message)"


def _safe(_: Any, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, _AS_THEY_ARE):
            continue
        text = value if isinstance(value, str) else repr(value)
        if key == _STACK:
            event[key] = text[-LONGEST_STACK_TRACE:].translate(_UNSAFE_IN_STACK)
        elif text.isascii() and text.isprintable() and len(text) <= LONGEST_VALUE:
            event[key] = text
        else:
            cut = text[:LONGEST_VALUE].translate(_UNSAFE)
            event[key] = cut if len(cut) <= LONGEST_VALUE and len(text) <= LONGEST_VALUE else f"{cut[:LONGEST_VALUE]}…"
    return event


def _facts_of_database(error: BaseException) -> str:
    """Return the SQLSTATE of a database error, and the constraint if one was violated.

    The message itself is included only for states that concern statements and servers, never values.
    """
    found = [error, getattr(error, "orig", None)]
    found += [each.__cause__ for each in found if isinstance(each, BaseException)]

    def fact(name: str) -> str:
        return next((str(value) for each in found if (value := getattr(each, name, None))), "")

    state, sqlite = fact("sqlstate"), fact("sqlite_errorname")
    facts = [state and f"SQLSTATE {state}", sqlite, (name := fact("constraint_name")) and f"constraint {name}"]
    if state.startswith(_ABOUT_NO_VALUE) or sqlite.startswith("SQLITE_CONSTRAINT"):
        facts.append(str(error).partition("\n")[0])
    return ", ".join(filter(None, facts)) or "(not shown: it may quote the data)"


class _Ecs:
    """Renames fields to the Elastic Common Schema; fields without a dot in their name become labels."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: Any, method: str, event: EventDict) -> EventDict:
        line: dict[str, Any] = {
            "@timestamp": event.pop("@timestamp"),
            "log.level": event.pop("level", method),
            "message": event.pop("event", ""),
            "ecs.version": "8.11",
            "service.name": event.pop("service", self._service),
            "log.logger": event.pop("logger", ""),
        }
        for key, value in event.items():
            line[key if "." in key else f"labels.{key}"] = value
        return line


def _as_json(_: Any, __: str, event: EventDict) -> str:
    return _JSON.encode(event)


def _stack_below(_: Any, __: str, event: EventDict) -> EventDict:
    if _STACK in event:
        event["exception"] = event.pop(_STACK)
    return event


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
