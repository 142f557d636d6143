"""A branch has closed for good: who waits there and what lies there goes to the one that has its copies."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from loans_service.application.holds import empty_closed_branches
from loans_service.application.holds.queries import HoldQueries
from tests.answers import codes_of
from tests.loans.api.conftest import ADMIN, LIBRARIAN, Service
from tests.loans.api.holds.pulling import pull_list, shelve, shown
from tests.loans.api.situations import change_rules, hold


async def empty(library: Service) -> None:
    await library.app.state.holding.empty_closed_branches()
    await library.choose_targets()


async def contents(library: Service) -> dict[str, Any]:
    found: dict[str, Any] = (await library.get("/v1/branches/east/closure", ADMIN)).json()
    return found


async def test_what_lending_has_in_a_branch_is_counted_before_and_moved_afterwards(library: Service) -> None:
    shelve(library, "C2", "C3", "C4", branch="EAST")
    ready = await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back(copy_barcode=(await shown(library, ready))["target"]["barcode"], branch="EAST")
    waiting = await hold(library, "STEVE", pickup_branch="EAST")
    await library.post("/v1/transits", {"copy_barcode": "30000000000019", "to_branch": "EAST"})
    await library.check_out(card_number="REBECCA", copy_barcode="C4", branch="EAST")
    before = await contents(library)

    library.catalogue.closed = {"EAST": "MAIN"}
    await empty(library)
    await empty(library)
    after = await contents(library)

    assert {"branch": "EAST", "loans": 1, "holds_waiting": 1, "holds_in_transit": 0, "holds_ready": 1} == {
        name: before[name] for name in ("branch", "loans", "holds_waiting", "holds_in_transit", "holds_ready")
    }
    assert (1, 0) == (before["transits"], before["others"])
    assert {**dict.fromkeys(before, 0), "branch": "EAST", "loans": 1} == after
    assert [("MAIN", "in_transit"), ("MAIN", "waiting")] == [
        (found["pickup_branch"], found["status"]) for found in [await shown(library, each) for each in (ready, waiting)]
    ]
    assert "loans.hold.no_longer_ready" in [kind async for kind, _ in library.events()]


async def test_a_copy_that_travels_again_is_ready_in_the_other_branch_when_it_arrives(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back()
    await library.bring_back(branch="EAST")
    library.catalogue.closed = {"EAST": "MAIN"}
    await empty(library)

    (away,) = (await library.get("/v1/transits")).json()["items"]
    arrived = (await library.bring_back(branch="MAIN")).json()

    assert ("EAST", "MAIN", jessicas["hold_id"]) == (away["from_branch"], away["to_branch"], away["hold_id"])
    assert ("hold_shelf", "ready") == (arrived["next"], arrived["hold"]["status"])


async def test_what_has_floated_into_a_closed_branch_is_pulled_in_the_other_one(library: Service) -> None:
    library.catalogue.branches.append("WEST")
    await change_rules(library, after_return="stays")
    await library.check_out(card_number="REBECCA")
    await library.bring_back(branch="EAST")
    jessicas = await hold(library, "JESSICA")
    before = await pull_list(library, "EAST")

    library.catalogue.closed = {"EAST": "WEST"}
    await empty(library)

    assert (["30000000000019"], [], ["30000000000019"]) == (
        before,
        await pull_list(library, "EAST"),
        await pull_list(library, "WEST"),
    )
    assert "waiting" == (await shown(library, jessicas))["status"]


async def test_what_has_floated_away_from_another_home_than_it_has_by_now_is_away_from_that(library: Service) -> None:
    library.catalogue.branches.append("WEST")
    await change_rules(library, after_return="stays")
    await library.check_out(card_number="REBECCA")
    await library.bring_back(branch="EAST")
    await library.note_of(branch="WEST")

    library.catalogue.closed = {"EAST": "MAIN"}
    await empty(library)

    stands = [data["stands"] async for kind, data in library.events() if kind == "loans.copy.availability_changed"]
    assert ("MAIN", "floated") == (stands[-1]["branch"], stands[-1]["why"])


async def test_the_branch_that_took_over_may_close_as_well(library: Service) -> None:
    library.catalogue.branches.append("WEST")
    waiting = await hold(library, "JESSICA", pickup_branch="EAST")

    library.catalogue.closed = {"EAST": "WEST", "WEST": "MAIN"}
    await empty(library)

    assert "MAIN" == (await shown(library, waiting))["pickup_branch"]


async def test_branches_that_name_each_other_are_left_alone(library: Service) -> None:
    library.catalogue.branches.append("WEST")
    waiting = await hold(library, "JESSICA", pickup_branch="EAST")

    library.catalogue.closed = {"EAST": "WEST", "WEST": "EAST"}
    await empty(library)

    assert "EAST" == (await shown(library, waiting))["pickup_branch"]


async def test_a_book_that_fails_is_reported_and_the_others_move(
    library: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[UUID] = []
    emptying = replace(
        library.app.state.holding.empty_closed_branches, report_failure=lambda book_id, _: reported.append(book_id)
    )
    waiting = await hold(library, "JESSICA", pickup_branch="EAST")
    stuck = UUID(int=1)
    find = HoldQueries.books_in

    async def found(queries: HoldQueries, branch: str, *, after: UUID | None = None, limit: int) -> list[UUID]:
        return [stuck] if after is None else await find(queries, branch, after=after, limit=limit)

    leave = empty_closed_branches.EmptyClosedBranches._leave

    async def leave_or_fail(self: Any, branch: str, *, into: str, book_id: UUID) -> None:
        if book_id == stuck:
            raise RuntimeError("A bad record.")
        await leave(self, branch, into=into, book_id=book_id)

    monkeypatch.setattr(HoldQueries, "books_in", found)
    monkeypatch.setattr(empty_closed_branches.EmptyClosedBranches, "_leave", leave_or_fail)
    library.catalogue.closed = {"EAST": "MAIN"}

    await emptying()

    assert ([stuck], "MAIN") == (reported, (await shown(library, waiting))["pickup_branch"])


async def test_nothing_moves_while_books_does_not_answer(library: Service) -> None:
    waiting = await hold(library, "JESSICA", pickup_branch="EAST")
    library.catalogue.closed, library.catalogue.down = {"EAST": "MAIN"}, True

    await library.app.state.holding.empty_closed_branches()

    assert "EAST" == (await shown(library, waiting))["pickup_branch"]


async def test_nothing_is_lent_nor_fetched_in_a_closed_branch(library: Service) -> None:
    library.catalogue.branches.remove("EAST")  # as books answers of one that has closed

    lent = await library.check_out(card_number="REBECCA", branch="EAST")
    body = {"book_id": str(library.catalogue.copies[0].book_id), "card_number": "STEVE", "pickup_branch": "EAST"}
    held = await library.post("/v1/holds", body, token=LIBRARIAN)

    assert (["unknown-branch"], ["unknown-branch"]) == (codes_of(lent), codes_of(held))
