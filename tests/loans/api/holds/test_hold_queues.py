"""Queues for books, as the desk reads them and puts them into another order."""

from typing import Any

from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import LIBRARIAN, Service
from tests.loans.api.situations import hold, state_of
from tests.loans.makers import EMMA, a_standing


async def reorder(library: Service, *hold_ids: str, tag: str | None = None) -> Any:
    queue = await library.get(f"/v1/hold-queues/{EMMA}")
    headers = {"Authorization": f"Bearer {LIBRARIAN}", "If-Match": tag or queue.headers["ETag"]}
    return await library.http.put(f"/v1/hold-queues/{EMMA}", json={"hold_ids": list(hold_ids)}, headers=headers)


async def queue_of(library: Service) -> list[tuple[str, int]]:
    waiting = (await library.get(f"/v1/hold-queues/{EMMA}")).json()["items"]
    return [(each["hold_id"], each["position"]) for each in waiting]


async def four_wait(library: Service) -> list[str]:
    await library.check_out(card_number="REBECCA")
    cards = ["ONE", "TWO", "THREE", "FOUR"]
    library.members.by_card |= {card: a_standing(member_id=new_id()) for card in cards}
    return [(await hold(library, card))["hold_id"] for card in cards]


async def test_the_stored_position_decides_and_not_the_date(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")

    await reorder(library, steves["hold_id"], jessicas["hold_id"])
    await library.bring_back()

    assert ("waiting", "ready") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )


async def test_when_the_second_of_four_is_cancelled_the_others_close_up_and_it_has_no_position(
    library: Service,
) -> None:
    first, second, third, fourth = await four_wait(library)

    cancelled = await library.post(f"/v1/holds/{second}/cancel", {})

    assert ("cancelled", None) == (cancelled.json()["status"], cancelled.json()["position"])
    assert [(first, 1), (third, 2), (fourth, 3)] == await queue_of(library)
    assert 2 == (await library.get(f"/v1/holds/{third}")).json()["position"]


async def test_any_order_but_of_exactly_those_who_wait_is_refused_and_a_valid_one_succeeds_twice(
    library: Service,
) -> None:
    one, two, three, four = await four_wait(library)
    wrong = [
        [one, two, three],
        [one, two, three, three],
        [one, two, three, str(new_id())],
        [one, two, three, four, one],
        [],
    ]

    for order in wrong:
        refused = await reorder(library, *order)
        assert (409, "hold-queue-differs") == (refused.status_code, problem_of(refused)["code"])
    assert [one, two, three, four] == [hold_id for hold_id, _ in await queue_of(library)]

    for _ in range(2):
        assert 200 == (await reorder(library, four, one, three, two)).status_code
    assert [(four, 1), (one, 2), (three, 3), (two, 4)] == await queue_of(library)


async def test_a_queue_that_changed_since_it_was_read_is_not_reordered(library: Service) -> None:
    one, two, three, four = await four_wait(library)
    before = (await library.get(f"/v1/hold-queues/{EMMA}")).headers["ETag"]
    await reorder(library, two, one, three, four)

    late = await reorder(library, three, one, two, four, tag=before)
    without = await library.http.put(
        f"/v1/hold-queues/{EMMA}", json={"hold_ids": [one]}, headers={"Authorization": f"Bearer {LIBRARIAN}"}
    )

    assert (412, 428) == (late.status_code, without.status_code)
    assert two == (await queue_of(library))[0][0]


async def test_a_queue_is_read_page_by_page_and_put_into_another_order_as_a_whole(library: Service) -> None:
    library.members.by_card |= {f"M{number}": a_standing(member_id=new_id()) for number in range(25)}
    placed = [(await hold(library, f"M{number}"))["hold_id"] for number in range(25)]
    path, seen, orders = f"/v1/hold-queues/{EMMA}?limit=10", [], set()

    target: str | None = path
    while target is not None:
        page = await library.get(target)
        seen += [(each["position"], each["hold_id"]) for each in page.json()["items"]]
        orders.add(page.headers["ETag"].partition("-")[0])
        target = page.links["next"]["url"] if page.json()["next_cursor"] else None
    turned = await reorder(library, *reversed(placed), tag=page.headers["ETag"])

    assert list(enumerate(placed, start=1)) == seen
    assert 1 == len(orders)
    assert (25, 20, placed[::-1][:20]) == (
        turned.json()["waiting"],
        len(turned.json()["items"]),
        [each["hold_id"] for each in turned.json()["items"]],
    )
    rest = (await library.get(turned.links["next"]["url"])).json()
    assert (placed[4::-1], None) == ([each["hold_id"] for each in rest["items"]], rest["next_cursor"])


async def test_a_queue_that_is_put_into_another_order_takes_no_cursor(library: Service) -> None:
    one, two, three, four = await four_wait(library)
    path, tag = f"/v1/hold-queues/{EMMA}", (await library.get(f"/v1/hold-queues/{EMMA}")).headers["ETag"]

    answer = await library.put(f"{path}?cursor=junk", {"hold_ids": [four, one, two, three]}, if_match=tag)

    assert (422, "unknown-parameter") == (answer.status_code, answer.json()["errors"][0]["code"])
    assert [one, two, three, four] == [each["hold_id"] for each in (await library.get(path)).json()["items"]]


async def test_the_next_page_of_a_queue_begins_where_the_one_before_ended_whoever_left_it(library: Service) -> None:
    one, two, three, four = await four_wait(library)
    page = (await library.get(f"/v1/hold-queues/{EMMA}?limit=2")).json()
    for gone in (one, two):
        await library.post(f"/v1/holds/{gone}/cancel", {})

    rest = (await library.get(f"/v1/hold-queues/{EMMA}?limit=2&cursor={page['next_cursor']}")).json()

    assert [one, two] == [each["hold_id"] for each in page["items"]]
    assert [(three, 1), (four, 2)] == [(each["hold_id"], each["position"]) for each in rest["items"]]


async def test_a_queue_is_tagged_anew_when_one_of_its_holds_is_suspended(library: Service) -> None:
    one, *_ = await four_wait(library)
    path = f"/v1/hold-queues/{EMMA}"
    tag = (await library.get(path)).headers["ETag"]
    unchanged = await library.get(path, **{"If-None-Match": tag})
    await library.post(f"/v1/holds/{one}/suspend", {})

    changed = await library.get(path, **{"If-None-Match": tag})

    assert (304, 200, True) == (unchanged.status_code, changed.status_code, changed.json()["items"][0]["suspended"])


async def test_an_order_of_more_than_ten_thousand_is_not_read(library: Service) -> None:
    await four_wait(library)

    refused = await reorder(library, *[str(new_id())] * 10_001)

    assert (422, "/hold_ids") == (refused.status_code, problem_of(refused)["errors"][0]["pointer"])
