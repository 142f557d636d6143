"""Holds for a title that the library has only bound with another one, as those who wait see them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.application.holds import bound_titles, note_copy_report
from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.lendable_copy import LendableCopy
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import LOST, WITHDRAWN, pull_list, shown
from tests.loans.api.situations import change_hold_terms, hold, state_of
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

PAMPHLET = new_id()
"""A title that is bound in the one copy of Emma."""
BARCODE = "30000000000019"


@pytest.fixture
def bound(library: Service) -> Service:
    library.catalogue.bound_in = {PAMPHLET: ("Pamphlet", (EMMA_COPY,))}
    return library


async def bind_in_another_copy(library: Service) -> LendableCopy:
    """Let another title have a copy in which the pamphlet is bound as well, and tell lending so."""
    other = replace(a_copy(copy_id=new_id(), book_id=new_id(), barcode="OTHER"), title="Other")
    library.catalogue.copies.append(other)
    title, copy_ids = library.catalogue.bound_in[PAMPHLET]
    library.catalogue.bound_in[PAMPHLET] = title, (*copy_ids, other.copy_id)
    report = CopyReport(
        *(other.copy_id, other.book_id, other.barcode, "MAIN", "book", "in_service", 1),
        at=library.clock.now(),
        bound_with=(PAMPHLET,),
    )
    note = NoteCopyReport(library.app.state.ports.unit_of_work, library.clock)
    await note(report, listener="loans.copies", message_id=str(new_id()))
    return other


async def work(library: Service) -> None:
    """Let the worker look at everything, until nothing is left to do."""
    while await library.choose_targets():
        pass


async def hear_of_unbinding(library: Service, *, sequence: int = 99) -> None:
    """Let the catalogue take the pamphlet out of the binding, and tell lending so."""
    title, _ = library.catalogue.bound_in[PAMPHLET]
    library.catalogue.bound_in[PAMPHLET] = title, ()
    report = CopyReport(
        *(EMMA_COPY, EMMA, BARCODE, "MAIN", "book", "in_service", sequence),
        at=library.clock.now(),
        unbound=PAMPHLET,
    )
    note = NoteCopyReport(library.app.state.ports.unit_of_work, library.clock)
    await note(report, listener="loans.copies", message_id=str(new_id()))


async def ask(library: Service, card: str, book_id: UUID, **body: Any) -> Any:
    return await library.post("/v1/holds", {"book_id": str(book_id), "card_number": card} | body)


async def test_a_hold_for_a_bound_title_waits_for_the_copy_that_holds_it(bound: Service) -> None:
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))

    assert ("Pamphlet", str(PAMPHLET)) == (placed["title"], placed["bound_book_id"])
    assert (str(EMMA), str(EMMA_COPY)) == (placed["book_id"], placed["copy_id"])
    assert [BARCODE] == await pull_list(bound)
    back = (await bound.bring_back()).json()
    assert ("hold_shelf", placed["hold_id"]) == (back["next"], back["hold"]["hold_id"])
    await bound.check_out(card_number="JESSICA")
    assert "fulfilled" == await state_of(bound, placed["hold_id"])


async def test_who_waits_for_either_title_of_a_copy_waits_in_one_queue_and_it_is_captured_once(bound: Service) -> None:
    await bound.check_out(card_number="REBECCA")
    first = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    second = await hold(bound, "STEVE")

    back = (await bound.bring_back()).json()

    assert [1, 2] == [first["position"], second["position"]]
    assert first["hold_id"] == back["hold"]["hold_id"]
    assert ["ready", "waiting"] == [await state_of(bound, each["hold_id"]) for each in (first, second)]
    refused = await bound.check_out(card_number="STEVE")
    assert ["copy-held-for-other"] == codes_of(refused)


async def test_one_member_waits_for_both_titles_of_a_copy_but_for_neither_twice(bound: Service) -> None:
    bound.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="EMMA-2"))
    await hold(bound, "JESSICA", book_id=str(PAMPHLET))

    assert ["already-held-by-member"] == codes_of(await ask(bound, "JESSICA", PAMPHLET))
    assert 201 == (await ask(bound, "JESSICA", EMMA)).status_code
    await bound.check_out(card_number="STEVE", copy_barcode="EMMA-2")
    assert 201 == (await ask(bound, "STEVE", PAMPHLET)).status_code
    await bound.check_out(card_number="REBECCA", copy_barcode="EMMA-2")


async def test_who_has_the_copy_at_home_has_all_of_its_titles(bound: Service) -> None:
    await bound.check_out(card_number="JESSICA")

    assert ["already-on-loan-to-member"] == codes_of(await ask(bound, "JESSICA", PAMPHLET))


async def test_holds_for_a_title_whose_own_copy_goes_wait_for_the_copy_in_which_it_is_bound(bound: Service) -> None:
    own = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet")
    bound.catalogue.copies.append(own)
    await bound.check_out(card_number="REBECCA", copy_barcode="OWN")
    first = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    second = await hold(bound, "STEVE", book_id=str(PAMPHLET))
    assert (str(PAMPHLET), None, None) == (first["book_id"], first["copy_id"], first["bound_book_id"])

    await bound.hear_of("OWN", refusals=WITHDRAWN)
    await bound.choose_targets()

    found = [await shown(bound, each) for each in (first, second)]
    assert [(str(EMMA), str(EMMA_COPY), str(PAMPHLET), "Pamphlet")] * 2 == [
        (each["book_id"], each["copy_id"], each["bound_book_id"], each["title"]) for each in found
    ]
    assert [1, 2] == [each["position"] for each in found]
    assert [BARCODE] == await pull_list(bound)


async def test_a_hold_that_turns_to_the_bound_copy_leaves_the_one_that_was_to_be_pulled_for_it(bound: Service) -> None:
    own = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet")
    bound.catalogue.copies.append(own)
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    assert ["OWN"] == await pull_list(bound)

    await bound.hear_of("OWN", refusals=WITHDRAWN)
    await bound.choose_targets()

    assert [BARCODE] == await pull_list(bound)
    assert BARCODE == (await shown(bound, placed))["target"]["barcode"]


async def test_holds_whose_title_is_taken_out_join_the_queue_of_that_by_their_dates(bound: Service) -> None:
    await bound.check_out(card_number="REBECCA")
    first = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    second = await hold(bound, "STEVE", book_id=str(PAMPHLET))
    own = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet")
    bound.catalogue.copies.append(own)
    await bound.check_out(card_number="ADA", copy_barcode="OWN")
    bound.clock.pass_by(timedelta(days=1))
    third = await hold(bound, "REBECCA", book_id=str(PAMPHLET))

    await hear_of_unbinding(bound)

    queue = (await bound.get(f"/v1/hold-queues/{PAMPHLET}")).json()["items"]
    assert [(each["hold_id"], at) for at, each in enumerate((first, second, third), 1)] == [
        (each["hold_id"], each["position"]) for each in queue
    ]
    async with bound.app.state.ports.unit_of_work() as uow:
        assert [1, 2, 3] == [each.queue_order for each in await uow.holds.queued(PAMPHLET)]


async def test_who_waits_for_a_title_that_is_taken_out_of_the_binding_gets_no_copy_without_it(bound: Service) -> None:
    for_emma = await hold(bound, "STEVE")
    for_pamphlet = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    library_has = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet")
    bound.catalogue.copies.append(library_has)

    await hear_of_unbinding(bound)
    await bound.choose_targets()

    found = await shown(bound, for_pamphlet)
    assert (str(PAMPHLET), None, None) == (found["book_id"], found["copy_id"], found["bound_book_id"])
    assert "OWN" == found["target"]["barcode"]
    assert for_emma["hold_id"] == (await bound.bring_back()).json()["hold"]["hold_id"]


async def test_a_hold_whose_title_was_bound_in_no_other_copy_ends_and_its_copy_is_free(bound: Service) -> None:
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    await bound.bring_back()
    assert "ready" == await state_of(bound, placed["hold_id"])

    await hear_of_unbinding(bound)
    await bound.choose_targets()

    found = await shown(bound, placed)
    assert ("cancelled", "no-lendable-copy") == (found["status"], found["reason"])
    assert 201 == (await bound.check_out(card_number="STEVE")).status_code


@pytest.mark.parametrize("gone", [WITHDRAWN, LOST])
@pytest.mark.parametrize("captured", [False, True])
async def test_a_hold_whose_bound_copy_goes_turns_to_another_one_that_holds_the_title(
    bound: Service, gone: Any, captured: bool
) -> None:
    other = await bind_in_another_copy(bound)
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    if captured:
        await bound.bring_back()

    await bound.hear_of(refusals=gone)
    await work(bound)

    found = await shown(bound, placed)
    assert ("waiting", str(other.book_id), str(other.copy_id), str(PAMPHLET)) == (
        found["status"], found["book_id"], found["copy_id"], found["bound_book_id"],
    )  # fmt: skip
    assert ["OTHER"] == await pull_list(bound)


async def test_a_hold_for_a_lost_copy_that_alone_holds_the_title_waits_until_another_one_does(bound: Service) -> None:
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    await bound.hear_of(refusals=LOST)
    before = await shown(bound, placed)

    other = await bind_in_another_copy(bound)
    await work(bound)

    assert ("waiting", str(EMMA_COPY)) == (before["status"], before["copy_id"])
    assert str(other.copy_id) == (await shown(bound, placed))["copy_id"]


@pytest.mark.parametrize("gone", [WITHDRAWN, LOST])
async def test_a_hold_ends_with_the_last_copy_that_holds_its_title(bound: Service, gone: Any) -> None:
    await change_hold_terms(bound, keep_when_lost=False)
    bound.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="EMMA-2"))
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))

    await bound.hear_of(refusals=gone)
    await work(bound)

    found = await shown(bound, placed)
    assert ("cancelled", "no-lendable-copy") == (found["status"], found["reason"])


async def test_holds_turn_back_to_their_title_when_that_gets_a_copy_of_its_own(bound: Service) -> None:
    await bound.check_out(card_number="REBECCA")
    first, second = [await hold(bound, card, book_id=str(PAMPHLET)) for card in ("JESSICA", "STEVE")]
    await bound.bring_back()
    own = replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet")
    bound.catalogue.copies.append(own)

    await bound.hear_of("OWN")
    await work(bound)

    assert ("ready", str(EMMA)) == ((found := await shown(bound, first))["status"], found["book_id"])
    found = await shown(bound, second)
    assert (str(PAMPHLET), None, None) == (found["book_id"], found["copy_id"], found["bound_book_id"])
    assert "OWN" == found["target"]["barcode"]


async def test_a_hold_that_is_placed_while_its_title_is_taken_out_follows_in_a_minute(bound: Service) -> None:
    still_bound = bound.catalogue.bound_in[PAMPHLET]
    await hear_of_unbinding(bound)
    unbound, bound.catalogue.bound_in[PAMPHLET] = bound.catalogue.bound_in[PAMPHLET], still_bound
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))  # books was asked a moment before
    bound.catalogue.bound_in[PAMPHLET] = unbound

    bound.clock.pass_by(timedelta(minutes=1))
    await work(bound)

    assert "cancelled" == await state_of(bound, placed["hold_id"])


async def test_any_number_of_holds_turns_back_in_parts(bound: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound_titles, "MOST_AT_ONCE", 2)
    await bound.check_out(card_number="ADA")
    placed = [await hold(bound, card, book_id=str(PAMPHLET)) for card in ("JESSICA", "STEVE", "REBECCA")]
    turn, turned = bound_titles.turn_back, list[int]()

    async def watched(*args: Any, **kwargs: Any) -> int:
        turned.append(number := await turn(*args, **kwargs))
        return number

    for module in (note_copy_report, bound_titles):
        monkeypatch.setattr(module, "turn_back", watched)
    bound.catalogue.copies.append(replace(a_copy(copy_id=new_id(), book_id=PAMPHLET, barcode="OWN"), title="Pamphlet"))

    await hear_of_unbinding(bound)
    await work(bound)

    queue = (await bound.get(f"/v1/hold-queues/{PAMPHLET}")).json()["items"]
    assert [each["hold_id"] for each in placed] == [each["hold_id"] for each in queue]
    assert [2, 1] == turned


async def test_a_hold_bears_the_title_that_was_asked_for_also_where_that_is_corrected(bound: Service) -> None:
    placed = await hold(bound, "JESSICA", book_id=str(PAMPHLET))
    correct = CorrectTitle(bound.app.state.ports.unit_of_work, bound.catalogue)

    bound.catalogue.bound_in[PAMPHLET] = "Pamphlet, corrected", (EMMA_COPY,)
    await correct(PAMPHLET)
    await correct(EMMA)

    assert "Pamphlet, corrected" == (await shown(bound, placed))["title"]


async def test_a_title_that_becomes_one_with_what_it_is_bound_with_is_served_by_any_copy_of_that(
    bound: Service,
) -> None:
    await bound.check_out(card_number="REBECCA")
    bound.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="EMMA-2"))
    first = await hold(bound, "JESSICA")
    bound.clock.pass_by(timedelta(hours=1))
    again, alone = [await hold(bound, card, book_id=str(PAMPHLET)) for card in ("JESSICA", "STEVE")]
    bound.catalogue.merged[PAMPHLET] = EMMA

    join = JoinQueues(bound.app.state.ports.unit_of_work, bound.clock)
    await join(MergedBooksNews(str(new_id()), PAMPHLET, into=EMMA), listener="loans.merges")

    found = [await shown(bound, each) for each in (first, again, alone)]
    assert ["waiting", "cancelled", "waiting"] == [each["status"] for each in found]
    assert "already-held-by-member" == found[1]["reason"]
    assert (str(EMMA), None, None) == (found[2]["book_id"], found[2]["copy_id"], found[2]["bound_book_id"])


async def test_staff_move_a_hold_to_a_bound_title(bound: Service) -> None:
    bound.catalogue.copies.append(replace(a_copy(copy_id=new_id(), book_id=new_id(), barcode="OTHER"), title="Other"))
    other = bound.catalogue.copies[-1].book_id
    placed = await hold(bound, "JESSICA", book_id=str(other))

    moved = await bound.post(f"/v1/holds/{placed['hold_id']}/move", {"book_id": str(PAMPHLET)})

    assert 200 == moved.status_code, moved.text
    now = moved.json()
    assert ("Pamphlet", str(PAMPHLET), str(EMMA), str(EMMA_COPY)) == (
        now["title"], now["bound_book_id"], now["book_id"], now["copy_id"],
    )  # fmt: skip
