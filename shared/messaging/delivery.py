"""One try to hand an event to a listener, the same on every bus."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum

import structlog

from shared import context, metrics, tracing
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from shared.persistence.database import is_passing

MOST_TRIES = 6  # the first and five more
_MOST_COUNTED = 1_000
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds before an event is tried again

_log = structlog.get_logger(__name__)


class DeliveryOutcome(Enum):
    """The outcome of a try. UNREADABLE: never try again. FAILED: try again, a few times. UNAVAILABLE: wait first."""

    DONE = "done"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


class FailedTries:
    """How often each message has failed in this process, for the last thousand that have.

    The broker counts every requeue of a message, also when the database was unreachable or the process ended. None of
    that is a fault of the message.
    """

    def __init__(self) -> None:
        self._counts = OrderedDict[str, int]()

    def one_more(self, message_id: str) -> int:
        """Count a try that failed; return how many have."""
        count = self._counts.pop(message_id, 0) + 1
        self._counts[message_id] = count
        if len(self._counts) > _MOST_COUNTED:
            self._counts.popitem(last=False)
        return count

    def forget(self, message_id: str) -> None:
        """Forget the tries of a message that is done with."""
        self._counts.pop(message_id, None)


def pause_before_try(number: int) -> float:
    """Return the seconds to wait before try `number` (the second try is number 2)."""
    return float(min(FIRST_PAUSE * 2 ** (number - 2), LONGEST_PAUSE))


async def deliver(listener: Listener, body: bytes) -> DeliveryOutcome:
    """Read the message and hand it over, as part of the trace that caused it."""
    outcome = await _handle(listener, body)
    metrics.inbox_messages_total.labels(listener.name, outcome.value).inc()
    return outcome


async def deliver_together(listener: Listener, bodies: Sequence[bytes]) -> bool:
    """Deliver several events at once; return False when none was handled and each must be delivered by itself."""
    if listener.handle_together is None or len(bodies) < 2:
        return False
    began = time.perf_counter()
    try:
        events = [parse(body) for body in bodies]
        await listener.handle_together(events)
    except Exception as error:  # noqa: BLE001 - logged and judged when each is delivered by itself
        _log.info("events are handed over one by one", listener=listener.name, reason=type(error).__name__)
        return False
    metrics.inbox_messages_total.labels(listener.name, DeliveryOutcome.DONE.value).inc(len(bodies))
    took = time.perf_counter() - began
    for event in events:
        with context.working_on(_context_of(event)) as here:
            _record(listener, event, here, took)
    return True


async def _handle(listener: Listener, body: bytes) -> DeliveryOutcome:
    try:
        event = parse(body)
    except UnreadableMessage as error:
        _log.error("message cannot be read", listener=listener.name, reason=str(error), bytes=len(body))
        return DeliveryOutcome.UNREADABLE
    began = time.perf_counter()
    with context.working_on(_context_of(event)) as here:
        try:
            await listener.handle(event)
        except UnreadableMessage as error:
            _log.error("event cannot be read", listener=listener.name, type=event.type, id=event.id, reason=str(error))
            return DeliveryOutcome.UNREADABLE
        except Exception as error:  # noqa: BLE001 - one bad event must not end the listener
            if is_passing(error):
                _log.warning(
                    "event has to wait",
                    listener=listener.name,
                    type=event.type,
                    id=event.id,
                    reason=type(error).__name__,
                )
                return DeliveryOutcome.UNAVAILABLE
            _log.exception("event could not be handled", listener=listener.name, type=event.type, id=event.id)
            return DeliveryOutcome.FAILED
        _record(listener, event, here, time.perf_counter() - began)
    return DeliveryOutcome.DONE


def _context_of(event: Incoming) -> context.RequestContext:
    return context.new_context(request_id=event.correlation_id, traceparent=event.traceparent)


def _record(listener: Listener, event: Incoming, here: context.RequestContext, seconds: float) -> None:
    """Log an event that was handled, and record its span in the trace of the request that caused it."""
    _log.info("event handled", listener=listener.name, type=event.type, id=event.id)
    tracing.record(
        context.Span(
            "CONSUMER",
            f"process {listener.name}",
            service=listener.name.partition(".")[0],
            work=here,
            seconds=seconds,
            attributes={"messaging.system": "rabbitmq", "messaging.message.id": event.id, "event.type": event.type},
        )
    )
