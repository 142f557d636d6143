import asyncio

import pytest

from shared import context

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def test_outside_of_any_work_there_is_no_context() -> None:
    assert context.current() is None


def test_a_context_is_current_inside_its_block_only() -> None:
    outer, inner = context.new_context(), context.new_context()

    with context.working_on(outer):
        with context.working_on(inner):
            assert context.current() is inner
        assert context.current() is outer
    assert context.current() is None


async def test_tasks_do_not_see_the_contexts_of_each_other() -> None:
    async def work(name: str) -> str | None:
        with context.working_on(context.new_context(request_id=name)):
            await asyncio.sleep(0)
            here = context.current()
            return here.request_id if here else None

    one, two = await asyncio.gather(work("one"), work("two"))

    assert (one, two) == ("one", "two")


def test_a_sound_trace_is_continued_under_a_span_of_its_own() -> None:
    made = context.new_context(traceparent=PARENT)

    assert made.trace_id == TRACE
    assert made.traceparent.startswith(f"00-{TRACE}-")
    assert made.span_id != "b7ad6b7169203331"


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "nonsense",
        PARENT.upper(),
        f"01-{TRACE}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        PARENT + "-more",
        PARENT + "\n",
        "00-" + "٣" * 32 + "-b7ad6b7169203331-01",
    ],
)
def test_anything_else_begins_a_new_trace(traceparent: str | None) -> None:
    made = context.new_context(traceparent=traceparent)

    assert made.trace_id != TRACE
    assert len(made.trace_id) == 32
    assert made.request_id == made.trace_id


def test_the_seconds_left_never_go_below_zero() -> None:
    assert context.new_context().seconds_left() is None
    assert context.new_context(seconds=-5).seconds_left() == 0.0
    left = context.new_context(seconds=5).seconds_left()
    assert left is not None
    assert 4.9 < left <= 5
