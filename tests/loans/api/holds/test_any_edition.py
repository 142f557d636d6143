"""Holds for any edition of a work: a paperback, a hardback and a translation, as those who wait see them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loans_service.application.holds import try_editions
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import IN_REPAIR, WITHDRAWN, pull_list, shown, target_of
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

HARDBACK, TRANSLATION = new_id(), new_id()
PAPERBACK_COPY, HARDBACK_COPY = "30000000000019", "HARD"


@pytest.fixture
def editions(library: Service) -> Service:
    """A library with a copy of the paperback, which Rebecca has at home, and one of the hardback."""
    library.catalogue.copies.append(
        replace(a_copy(copy_id=new_id(), book_id=HARDBACK, barcode=HARDBACK_COPY), title="Emma, bound")
    )
    library.catalogue.editions = {EMMA: (HARDBACK,), HARDBACK: (EMMA,)}
    return library


async def ask(library: Service, card: str = "JESSICA", **body: Any) -> Any:
    sent = {"book_id": str(EMMA), "card_number": card, "pickup_branch": "MAIN", "any_edition": True} | body
    return await library.post("/v1/holds", sent)


async def look_again(library: Service) -> None:
    library.clock.pass_by(timedelta(minutes=1))
    await library.choose_targets()
    await library.choose_targets()


async def test_a_hold_for_any_edition_is_served_by_the_one_that_is_on_the_shelf(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")

    placed = (await ask(editions)).json()
    await editions.choose_targets()

    assert (True, str(EMMA), None) == (placed["any_edition"], placed["book_id"], placed["target"])
    found = await shown(editions, placed)
    assert (str(HARDBACK), "Emma, bound", 1) == (found["book_id"], found["title"], found["position"])
    assert [HARDBACK_COPY] == await pull_list(editions)
    back = await editions.bring_back(copy_barcode=HARDBACK_COPY, branch="MAIN")
    assert ("hold_shelf", "ready") == (back.json()["next"], (await shown(editions, placed))["status"])


async def test_a_copy_of_the_edition_that_was_named_comes_first(editions: Service) -> None:
    placed = (await ask(editions)).json()
    await editions.choose_targets()

    assert (PAPERBACK_COPY, str(EMMA)) == (
        await target_of(editions, placed),
        (await shown(editions, placed))["book_id"],
    )


async def test_an_edition_that_comes_back_later_is_found_within_a_minute(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    await editions.check_out(copy_barcode=HARDBACK_COPY, card_number="STEVE")
    placed = (await ask(editions)).json()
    await look_again(editions)
    before = await target_of(editions, placed)

    back = await editions.bring_back(copy_barcode=HARDBACK_COPY, branch="MAIN")
    await look_again(editions)

    assert (None, "shelf", HARDBACK_COPY) == (before, back.json()["next"], await target_of(editions, placed))


async def test_who_waits_for_the_other_edition_alone_is_served_before(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    alone = await hold(editions, "STEVE", book_id=str(HARDBACK))
    placed = (await ask(editions)).json()

    await editions.choose_targets()

    assert (HARDBACK_COPY, None) == (await target_of(editions, alone), await target_of(editions, placed))


async def test_of_two_editions_one_hold_gets_one_copy_and_the_other_stays_for_others(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    placed = (await ask(editions)).json()
    await editions.choose_targets()

    back = await editions.bring_back(copy_barcode=PAPERBACK_COPY, branch="MAIN")

    assert "shelf" == back.json()["next"]
    assert [HARDBACK_COPY] == await pull_list(editions)
    assert 201 == (await editions.check_out(card_number="STEVE")).status_code
    lent = await editions.check_out(copy_barcode=HARDBACK_COPY, card_number="JESSICA")
    assert (201, "fulfilled") == (lent.status_code, (await shown(editions, placed))["status"])


async def test_whoever_has_or_awaits_an_edition_waits_for_no_other_one(editions: Service) -> None:
    await editions.check_out(copy_barcode=HARDBACK_COPY, card_number="JESSICA")
    await hold(editions, "STEVE", book_id=str(HARDBACK))

    at_home, awaited, one_alone = (
        await ask(editions),
        await ask(editions, "STEVE"),
        await ask(editions, any_edition=False),
    )

    assert ["already-on-loan-to-member"] == codes_of(at_home)
    assert ["already-held-by-member"] == codes_of(awaited)
    assert 201 == one_alone.status_code


async def test_a_hold_ends_where_its_member_takes_another_edition_meanwhile(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    editions.catalogue.editions[EMMA] = (TRANSLATION,)
    placed = (await ask(editions)).json()
    editions.catalogue.editions[EMMA] = (HARDBACK,)
    editions.clock.pass_by(timedelta(hours=1))
    await editions.check_out(copy_barcode=HARDBACK_COPY, card_number="JESSICA")

    await look_again(editions)

    ended = await shown(editions, placed)
    assert ("cancelled", "already-on-loan-to-member") == (ended["status"], ended["reason"])


async def test_a_hold_goes_on_that_staff_placed_although_its_member_has_another_edition(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    await editions.check_out(copy_barcode=HARDBACK_COPY, card_number="JESSICA")
    override = {"codes": ["already-on-loan-to-member"], "comment": "For a class."}
    placed = (await ask(editions, override=override)).json()

    await look_again(editions)
    await look_again(editions)

    assert "waiting" == (await shown(editions, placed))["status"]


async def test_where_the_edition_that_was_named_is_not_lent_another_one_is_waited_for(editions: Service) -> None:
    await editions.hear_of(refusals=WITHDRAWN)

    placed, one_alone = await ask(editions), await ask(editions, "STEVE", any_edition=False)

    assert (201, HARDBACK_COPY) == (placed.status_code, await target_of(editions, placed.json()))
    assert ["no-lendable-copy"] == codes_of(one_alone)


async def test_holds_for_any_edition_leave_a_book_whose_last_copy_is_withdrawn(editions: Service) -> None:
    await editions.hear_of(HARDBACK_COPY, refusals=IN_REPAIR)
    placed, alone = (await ask(editions)).json(), await hold(editions, "STEVE")
    await editions.choose_targets()

    await editions.hear_of(refusals=WITHDRAWN)

    found = await shown(editions, placed)
    assert ("waiting", str(HARDBACK), None) == (found["status"], found["book_id"], found["target"])
    assert "cancelled" == (await shown(editions, alone))["status"]
    await editions.hear_of(HARDBACK_COPY, refusals=())
    assert HARDBACK_COPY == await target_of(editions, placed)


@pytest.mark.parametrize(("pickup_branch", "status"), [("MAIN", "ready"), ("EAST", "in_transit")])
async def test_a_hold_whose_captured_copy_is_withdrawn_gets_another_edition(
    editions: Service, pickup_branch: str, status: str
) -> None:
    placed = (await ask(editions, pickup_branch=pickup_branch)).json()
    await editions.choose_targets()
    await editions.bring_back(branch="MAIN")
    before = await shown(editions, placed)

    await editions.hear_of(refusals=WITHDRAWN)
    await editions.choose_targets()

    found = await shown(editions, placed)
    assert (status, "waiting", str(HARDBACK)) == (before["status"], found["status"], found["book_id"])
    assert HARDBACK_COPY == await target_of(editions, placed)


async def test_all_leave_a_book_though_one_of_them_waits_for_the_other_edition_already(
    editions: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_editions, "_MOST", 2)
    await editions.hear_of(HARDBACK_COPY, refusals=IN_REPAIR)
    twice, *others = [(await ask(editions, card)).json() for card in ("JESSICA", "STEVE", "REBECCA")]
    await hold(editions, "JESSICA", book_id=str(HARDBACK))

    await editions.hear_of(refusals=WITHDRAWN)

    assert "cancelled" == (await shown(editions, twice))["status"]
    assert [str(HARDBACK)] * 2 == [(await shown(editions, each))["book_id"] for each in others]


async def test_a_suspended_hold_stays_where_it_is_until_it_waits_again(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    placed = (await ask(editions, not_before=None)).json()
    await editions.post(f"/v1/holds/{placed['hold_id']}/suspend", {}, if_match="*")
    await editions.choose_targets()
    asleep = await shown(editions, placed)

    await editions.post(f"/v1/holds/{placed['hold_id']}/resume", {}, if_match="*")
    await editions.choose_targets()

    assert (str(EMMA), HARDBACK_COPY) == (asleep["book_id"], await target_of(editions, placed))


async def test_an_edition_in_several_volumes_stands_in_for_none(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    first, second = (a_copy(copy_id=new_id(), book_id=HARDBACK, barcode=f"V{n}", volume=str(n)) for n in (1, 2))
    editions.catalogue.copies[1:] = [first, second]

    placed = (await ask(editions)).json()
    await look_again(editions)

    assert (None, str(EMMA)) == (await target_of(editions, placed), (await shown(editions, placed))["book_id"])


@pytest.mark.parametrize("body", [{"book_id": None, "copy_id": str(EMMA_COPY)}, {"volume": "1"}])
async def test_one_copy_or_one_volume_alone_is_not_any_edition(editions: Service, body: dict[str, Any]) -> None:
    assert 422 == (await ask(editions, **body)).status_code


async def test_while_books_does_not_answer_a_hold_waits_and_is_looked_at_again(editions: Service) -> None:
    await editions.check_out(card_number="REBECCA")
    placed = (await ask(editions)).json()
    editions.catalogue.down = True
    await look_again(editions)

    editions.catalogue.down = False
    await look_again(editions)

    assert HARDBACK_COPY == await target_of(editions, placed)
