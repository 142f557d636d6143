import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared import context, logs
from tests.shared.stores import Store

HOSTILE = [
    "a\r\nb",
    'a\n{"@timestamp": "forged"}',
    "\x1b[31mred\x1b[0m",
    "\x00\x07\x7f\x85\x9b",
    "\u2028\u2029\u202e\u2066",
    "\ud800 half",
    '"quoted" \\ {} %s %d {0}',
    "ünïcödé ✓ 📚",
    "x" * 1_000_000,
    "\n" * 1_000_000,
]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave logging as it was."""
    root, hook, lines = logging.getLogger(), sys.excepthook, structlog.get_config()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: logging.getLogger(name).level for name in ("aiormq", "aio_pika", "httpx", "asyncio", "uvicorn.access")
    }
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    sys.excepthook = hook
    structlog.configure(**lines)


class Log:
    """What was written since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[dict[str, Any]]:
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return [json.loads(line) for line in captured.err.splitlines()]

    def line(self) -> dict[str, Any]:
        (only,) = self.lines()
        return only

    def text(self) -> str:
        return self._capsys.readouterr().err


def an_error(message: str) -> ValueError:
    """Return an error that was raised."""
    with pytest.raises(ValueError) as caught:
        raise ValueError(message)
    return caught.value


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    logs.configure(service="things", level="INFO", format="json")
    return Log(capsys)


def test_an_event_is_one_line_in_the_elastic_common_schema(log: Log) -> None:
    with context.working_on(context.new_context(request_id="request-1")) as here:
        structlog.get_logger("shared.things").warning("thing changed", thing=7, **{"http.route": "/things"})

    line = log.line()

    assert line.pop("@timestamp").endswith("Z")
    assert line == {
        "log.level": "warning",
        "message": "thing changed",
        "ecs.version": "8.11",
        "service.name": "things",
        "log.logger": "shared.things",
        "trace.id": here.trace_id,
        "span.id": here.span_id,
        "http.request.id": "request-1",
        "labels.thing": 7,
        "http.route": "/things",
    }


def test_the_standard_librarys_lines_have_the_same_shape(log: Log) -> None:
    logging.getLogger("uvicorn.error").info("started %s", "well")

    line = log.line()

    assert (line["message"], line["log.level"], line["log.logger"]) == ("started well", "info", "uvicorn.error")
    assert line["service.name"] == "things"


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: ascii(value[:12]))
@pytest.mark.parametrize("where", ["message", "value", "standard library", "exception", "in a list"])
def test_whatever_gets_into_it_an_event_stays_one_short_parsable_line(where: str, hostile: str, log: Log) -> None:
    logger = structlog.get_logger("t")
    if where == "message":
        logger.info(hostile)
    elif where == "value":
        logger.info("event", value=hostile)
    elif where == "standard library":
        logging.getLogger("t").info("%s", hostile)
    elif where == "in a list":
        logger.info("event", values=[hostile, {hostile: 1}])
    else:
        logger.error("failed", exc_info=an_error(hostile))

    raw = log.text()

    assert raw.count("\n") == 1
    assert raw.isascii()
    assert raw.rstrip("\n").isprintable()
    assert len(raw) < 20_000
    line = json.loads(raw)
    for key, value in line.items():
        if isinstance(value, str) and key != "error.stack_trace":
            assert value.isprintable(), key
            assert len(value) <= logs.LONGEST_VALUE + 1


def test_an_exception_is_told_in_the_same_line_with_its_cause(log: Log) -> None:
    try:
        try:
            os.environ["NO_SUCH_THING"]
        except KeyError as error:
            raise ValueError("no such thing") from error
    except ValueError:
        structlog.get_logger("t").exception("failed")

    line = log.line()

    assert (line["error.type"], line["error.message"]) == ("builtins.ValueError", "no such thing")
    story = line["error.stack_trace"]
    assert (
        story.index("builtins.KeyError: 'NO_SUCH_THING'")
        < story.index("which led to")
        < story.index("builtins.ValueError")
    )
    assert "test_logs.py" in story


def test_the_exceptions_of_a_group_are_all_told(log: Log) -> None:
    group = ExceptionGroup("several", [ValueError("one"), ExceptionGroup("inner", [KeyError("two")])])

    structlog.get_logger("t").error("failed", exc_info=group)

    story = log.line()["error.stack_trace"]
    assert "ValueError: one" in story
    assert "KeyError: 'two'" in story


def test_an_exception_that_is_its_own_cause_is_told_once(log: Log) -> None:
    error = ValueError("round")
    error.__cause__ = KeyError("and round")
    error.__cause__.__cause__ = error

    structlog.get_logger("t").error("failed", exc_info=error)

    assert log.line()["error.stack_trace"].count("ValueError: round") == 1


def test_an_exception_that_cannot_be_shown_does_not_hide_itself(log: Log) -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    structlog.get_logger("t").error("failed", exc_info=Broken())

    assert log.line()["error.type"].endswith("Broken")


async def test_what_people_have_entered_does_not_get_into_the_log_with_a_database_error(store: Store, log: Log) -> None:
    logs.configure(service="things", level="ERROR", format="json")
    entered = {"name": "canary@home.org"}
    statement = text("INSERT INTO counters (name, value) VALUES (:name, 1)")
    try:
        async with store.database.begin() as transaction:
            for _ in range(2):
                await transaction.run(statement, **entered)
    except DBAPIError:
        structlog.get_logger("t").exception("failed")

    raw = log.text()

    assert "IntegrityError" in raw
    assert "canary" not in raw


def test_the_level_holds_for_both_kinds_of_loggers(log: Log) -> None:
    logs.configure(service="things", level="WARNING", format="json")

    structlog.get_logger("t").info("quiet")
    logging.getLogger("t").info("quiet")
    structlog.get_logger("t").warning("loud")
    logging.getLogger("t").warning("loud")

    assert [line["message"] for line in log.lines()] == ["loud", "loud"]


def test_noisy_libraries_are_kept_quiet_even_when_we_are_not(log: Log) -> None:
    logs.configure(service="things", level="DEBUG", format="json")

    logging.getLogger("aiormq.connection").error("error when creating transport")
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("uvicorn.access").info("GET /")

    assert log.lines() == []


def test_configuring_twice_does_not_write_twice(log: Log) -> None:
    logs.configure(service="others", level="INFO", format="json")

    structlog.get_logger("t").info("once")
    logging.getLogger("t").info("once")

    assert [line["service.name"] for line in log.lines()] == ["others", "others"]


def test_arguments_that_do_not_fit_lose_no_event(log: Log) -> None:
    (ours,) = [handler for handler in logging.getLogger().handlers if type(handler).__module__ == logs.__name__]
    ours.handle(logging.LogRecord("t", logging.ERROR, "t.py", 1, "%d things", ("three",), None))

    assert log.line()["message"] == "%d things"


def test_a_warning_is_a_line_too(log: Log) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("careful", stacklevel=1)

    assert "careful" in log.line()["message"]


def test_a_crash_is_a_line_too(log: Log) -> None:
    error = an_error("no")

    sys.excepthook(ValueError, error, error.__traceback__)

    line = log.line()
    assert (line["log.level"], line["error.message"]) == ("critical", "no")


def test_nobody_reading_the_log_ends_no_work(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def write(self, line: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Broken())

    structlog.get_logger("t").info("nobody hears this")
    logging.getLogger("t").info("nor this")


def test_people_get_short_lines_and_readable_traces(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(service="things", level="INFO", format="console")

    structlog.get_logger("t").info("thing changed", thing=7, name="\x1b[31m\nforged")
    structlog.get_logger("t").error("failed", exc_info=an_error("no\nDETAIL: secret"))

    first, second, *trace = capsys.readouterr().err.splitlines()
    assert "thing changed" in first
    assert "\\x1b[31m" in first
    assert "failed" in second
    assert any("ValueError: no" in line for line in trace)
    assert "secret" not in "".join(trace)
