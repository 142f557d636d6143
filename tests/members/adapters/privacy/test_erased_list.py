import json
from datetime import UTC, datetime

import pytest

from members_service.adapters.privacy.erased_list import UnreadableLine, ids_in, line_of
from shared.kernel.ids import new_id

ADA, KIM, EVE = new_id(), new_id(), new_id()


def test_a_list_of_ours_log_lines_and_bare_ids_are_read_each_id_once() -> None:
    lines = [
        line_of(ADA, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        "",
        f"  {KIM}\n",
        json.dumps({"message": "audit record", "event.action": "erased", "labels.member_id": str(EVE)}),
        json.dumps({"message": "audit record", "event.action": "erasure-asked", "labels.member_id": str(new_id())}),
        json.dumps({"message": "request"}),
        str(ADA),
    ]

    assert [ADA, KIM, EVE] == list(ids_in(lines))


def test_a_line_of_ours_says_who_and_when_and_no_more() -> None:
    line = line_of(ADA, datetime(2026, 3, 2, 10, tzinfo=UTC))

    assert {"member_id": str(ADA), "erased_at": "2026-03-02T10:00:00Z"} == json.loads(line)


@pytest.mark.parametrize(
    "line", ["Ada", '{"erased_at": 1}', "{", "[]", '{"erased_at": 1, "member_id": [1]}', '{"event.action": "erased"}']
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(UnreadableLine, match="line 2 is neither"):
        list(ids_in([str(ADA), line]))
