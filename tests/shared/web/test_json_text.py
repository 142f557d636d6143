"""JSON text read strictly, at a cost that grows like the text."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.json.json_text import parse
from shared.web.problems import Problem
from tests.shared.cpu_time import grows_faster_than_its_text
from tests.shared.hostile_texts import hostile

DEEPEST = 32
TRICKY = st.text(st.sampled_from('"\\[]{}a,: \u00e9'), max_size=20)
VALUES = st.recursive(
    TRICKY | st.integers(-5, 5) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TRICKY, inner, max_size=4),
    max_leaves=20,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(VALUES, st.integers(0, 40), st.booleans())
def test_what_is_nested_too_deeply_is_refused_and_nothing_else(inner: Any, levels: int, ascii_only: bool) -> None:
    value = inner
    for _ in range(levels):
        value = [value, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"]
    text = json.dumps(value, ensure_ascii=ascii_only).encode()

    if depth(value) <= DEEPEST:
        assert value == parse(text)
    else:
        with pytest.raises(Problem) as refused:
            parse(text)
        assert ["too-deep"] == [error["code"] for error in refused.value.errors or ()]


@pytest.mark.parametrize(
    "content",
    [
        lambda size: hostile('\\"', size, before="[" * 33 + '"'),
        lambda size: hostile('"\\', size, before="[" * 33),
        lambda size: hostile("\\", size, before="[" * 33 + '"'),
        lambda size: hostile('"', size, before="[" * 33),
        lambda size: hostile("[", size),
        lambda size: hostile('["', size),
    ],
    ids=["quotes", "quotes and backslashes", "backslashes", "empty texts", "brackets", "brackets and quotes"],
)
async def test_reading_takes_time_that_grows_like_the_text(content: Callable[[int], str]) -> None:
    async def cost(size: int) -> float:
        text = content(size).encode()
        began = time.thread_time()
        with pytest.raises(Problem):
            parse(text)
        return time.thread_time() - began

    assert not await grows_faster_than_its_text(cost, 160_000)
