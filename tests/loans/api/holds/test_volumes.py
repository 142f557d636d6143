"""A title whose copies are of several volumes: what those who wait for one of them see, and the desks."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import IN_REPAIR, LOST, MISSING, WITHDRAWN, pull_list, shelve, shown, target_of
from tests.loans.api.moving_in.test_imports import ended, send
from tests.loans.api.situations import change_rules, hold, state_of
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

FIRST, SECOND, ANOTHER_SECOND = "30000000000019", "V2", "V2-EAST"


@pytest.fixture
def two_volumes(library: Service) -> Service:
    """A library with one copy of the first volume, and two of the second, one of them elsewhere."""
    library.catalogue.copies = [a_copy(volume="1")]
    shelve(library, SECOND, volume="2")
    shelve(library, ANOTHER_SECOND, branch="EAST", volume="2")
    return library


async def ask(library: Service, card: str = "JESSICA", path: str = "/v1/holds", **body: Any) -> Any:
    return await library.post(path, {"book_id": str(EMMA), "card_number": card, "pickup_branch": "MAIN"} | body)


async def test_a_hold_for_any_copy_of_a_volume_waits_for_that_one_whatever_else_is_free(two_volumes: Service) -> None:
    first, second = await hold(two_volumes, "JESSICA", volume="1"), await hold(two_volumes, "STEVE", volume="2")

    assert [("1", FIRST), ("2", SECOND)] == [(each["volume"], each["target"]["barcode"]) for each in (first, second)]
    items = (await two_volumes.get("/v1/holds/pull-list?branch=MAIN")).json()["items"]
    assert {(FIRST, "1"), (SECOND, "2")} == {(item["barcode"], item["volume"]) for item in items}
    told = [data["volume"] async for type_, data in two_volumes.events() if type_ == "loans.hold.placed"]
    assert ["1", "2"] == told


@pytest.mark.parametrize("path", ["/v1/holds", "/v1/holds/decision"])
async def test_a_hold_on_a_title_in_several_volumes_names_one_of_them(two_volumes: Service, path: str) -> None:
    unnamed, unknown = await ask(two_volumes, path=path), await ask(two_volumes, path=path, volume="3")
    no_title = await two_volumes.post(path, {"copy_id": str(EMMA_COPY), "card_number": "ADA", "volume": "1"})

    found = [
        (refusal["code"], refusal["volumes"])
        for answer in (unnamed, unknown)
        for refusal in answer.json().get("refusals") or answer.json()["errors"]
    ]
    assert [("volume-not-named", ["1", "2"]), ("unknown-volume", ["1", "2"])] == found
    assert 422 == no_title.status_code
    assert 201 == (await ask(two_volumes, "STEVE", book_id=None, copy_id=str(EMMA_COPY))).status_code


async def test_a_title_without_volumes_and_one_with_a_single_one_need_none(library: Service) -> None:
    refused = await ask(library, volume="1")
    library.catalogue.copies = [a_copy(volume="1")]

    assert (422, ["unknown-volume"]) == (refused.status_code, codes_of(refused))
    assert (None, FIRST) == ((placed := await hold(library, "JESSICA"))["volume"], placed["target"]["barcode"])


async def test_that_no_volume_is_named_is_overridden_by_nobody(two_volumes: Service) -> None:
    override = {"codes": ["volume-not-named"], "comment": "Any."}

    refused = await ask(two_volumes, override=override)

    assert (403, ["override-forbidden"]) == (refused.status_code, codes_of(refused))


async def test_whoever_waits_for_one_volume_waits_for_another_one_but_for_none_twice(two_volumes: Service) -> None:
    await hold(two_volumes, "JESSICA", volume="1")

    assert 201 == (await ask(two_volumes, volume="2")).status_code
    assert ["already-held-by-member"] == codes_of(await ask(two_volumes, volume="1"))


async def test_whoever_has_one_volume_at_home_waits_for_another_one(two_volumes: Service) -> None:
    await hold(two_volumes, "STEVE", volume="2")  # so that lending knows of the volumes
    await hold(two_volumes, "REBECCA", volume="1")
    await two_volumes.check_out(card_number="REBECCA")

    refused, placed = await ask(two_volumes, "REBECCA", volume="1"), await ask(two_volumes, "REBECCA", volume="2")

    assert (["already-on-loan-to-member"], 201) == (codes_of(refused), placed.status_code)


async def test_a_copy_that_comes_back_is_kept_for_who_waits_for_its_volume(two_volumes: Service) -> None:
    for barcode in (FIRST, SECOND, ANOTHER_SECOND):
        assert 201 == (await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")).status_code
    second, first = await hold(two_volumes, "JESSICA", volume="2"), await hold(two_volumes, "STEVE", volume="1")

    back = [
        (await two_volumes.bring_back(copy_barcode=barcode, branch="MAIN")).json()
        for barcode in (FIRST, ANOTHER_SECOND, SECOND)
    ]

    assert [first["hold_id"], second["hold_id"], None] == [each["hold"] and each["hold"]["hold_id"] for each in back]
    assert ["ready", "ready"] == [await state_of(two_volumes, each["hold_id"]) for each in (first, second)]


async def test_a_copy_that_lending_never_saw_is_kept_for_who_waits_for_its_volume(two_volumes: Service) -> None:
    await hold(two_volumes, "STEVE", volume="2", pickup_branch="EAST")
    waiting = await hold(two_volumes, "JESSICA", volume="2", pickup_branch="EAST")
    shelve(two_volumes, "NEW-1", branch="EAST", volume="1")
    shelve(two_volumes, "NEW-2", branch="EAST", volume="2")
    await two_volumes.choose_targets()

    one = (await two_volumes.bring_back(copy_barcode="NEW-1", branch="EAST")).json()
    two = (await two_volumes.bring_back(copy_barcode="NEW-2", branch="EAST")).json()

    assert (None, "hold_shelf") == (one["hold"], two["next"])
    assert two["hold"]["hold_id"] in {waiting["hold_id"], two["hold"]["hold_id"]}


async def test_a_copy_of_another_volume_is_lent_to_anybody_and_fulfils_no_hold(two_volumes: Service) -> None:
    held = await hold(two_volumes, "JESSICA", volume="2")

    to_others = await two_volumes.check_out(copy_barcode=FIRST, card_number="STEVE")
    await two_volumes.bring_back(copy_barcode=FIRST)
    to_herself = await two_volumes.check_out(copy_barcode=FIRST, card_number="JESSICA")

    assert [201, 201] == [to_others.status_code, to_herself.status_code]
    assert "waiting" == await state_of(two_volumes, held["hold_id"])
    assert 409 == (await two_volumes.check_out(copy_barcode=SECOND, card_number="STEVE")).status_code
    assert 201 == (await two_volumes.check_out(copy_barcode=ANOTHER_SECOND, card_number="JESSICA")).status_code
    assert "fulfilled" == await state_of(two_volumes, held["hold_id"])


async def test_only_a_loan_of_the_volume_that_somebody_waits_for_is_not_renewed(two_volumes: Service) -> None:
    lent = [
        (await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")).json()["loan_id"]
        for barcode in (FIRST, SECOND, ANOTHER_SECOND)
    ]
    await hold(two_volumes, "JESSICA", volume="2")
    two_volumes.clock.pass_by(timedelta(days=10))

    listed = (await two_volumes.get("/v1/loans?card_number=REBECCA&include=renewal")).json()["items"]
    renewed = [await two_volumes.post(f"/v1/loans/{loan_id}/renew", {}) for loan_id in lent]

    assert [200, 409, 409] == [answer.status_code for answer in renewed]
    foreseen = {each["loan_id"]: each for each in listed}
    assert [0, 1, 1] == [foreseen[loan_id]["waiting"] for loan_id in lent]
    refused = [[refusal["code"] for refusal in foreseen[loan_id]["renewal"]["refusals"]] for loan_id in lent]
    assert [[], ["held-by-other"], ["held-by-other"]] == refused


async def test_a_recall_asks_back_a_loan_of_its_volume(two_volumes: Service) -> None:
    await change_rules(two_volumes, recall={"minimum_days": 7, "due_in_days": 3})
    first, second, third = [
        (await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")).json()
        for barcode in (FIRST, SECOND, ANOTHER_SECOND)
    ]

    await hold(two_volumes, "JESSICA", kind="recall", volume="2")
    await two_volumes.choose_targets()

    due = [(await two_volumes.get(f"/v1/loans/{loan['loan_id']}")).json()["due_at"] for loan in (first, second, third)]
    assert (first["due_at"], False, third["due_at"]) == (due[0], due[1] == second["due_at"], due[2])


async def test_who_waits_for_other_volumes_does_not_count_for_the_position(two_volumes: Service) -> None:
    await hold(two_volumes, "JESSICA", volume="1")
    second = await hold(two_volumes, "STEVE", volume="2")
    first = await hold(two_volumes, "REBECCA", volume="1")

    queue = (await two_volumes.get(f"/v1/hold-queues/{EMMA}")).json()["items"]
    ids = [each["hold_id"] for each in queue]
    path = f"/v1/hold-queues/{EMMA}"
    reordered = (await two_volumes.put(path, {"hold_ids": ids[::-1]}, if_match="*")).json()["items"]

    assert (1, 2) == (second["position"], first["position"])
    assert ([1, 1, 2], [1, 1, 2]) == ([each["position"] for each in queue], [each["position"] for each in reordered])
    assert [1, 2] == [
        (await shown(two_volumes, each))["position"] for each in (first, {"hold_id": queue[0]["hold_id"]})
    ]


async def test_a_captured_copy_whose_hold_ends_passes_to_who_waits_for_its_volume(two_volumes: Service) -> None:
    for barcode in (FIRST, SECOND, ANOTHER_SECOND):
        await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")
    jessicas = await hold(two_volumes, "JESSICA", volume="2")
    await hold(two_volumes, "ADA", volume="1")
    steves = await hold(two_volumes, "STEVE", volume="2")
    await two_volumes.bring_back(copy_barcode=SECOND, branch="MAIN")

    await two_volumes.post(f"/v1/holds/{jessicas['hold_id']}/cancel", {})

    assert ("ready", SECOND) == ((found := await shown(two_volumes, steves))["status"], found["barcode"])


async def test_a_volume_that_is_gone_ends_its_holds_but_one_that_may_come_back_or_is_relabelled_does_not(
    two_volumes: Service,
) -> None:
    first, second = await hold(two_volumes, "JESSICA", volume="1"), await hold(two_volumes, "STEVE", volume="2")

    await two_volumes.hear_of(FIRST, refusals=LOST)
    while_lost = await state_of(two_volumes, first["hold_id"])
    await two_volumes.hear_of(FIRST, refusals=WITHDRAWN)
    for barcode in (SECOND, ANOTHER_SECOND):
        await two_volumes.hear_of(barcode, volume_key="II")

    ended = await shown(two_volumes, first)
    assert ("waiting", "cancelled", "no-lendable-copy") == (while_lost, ended["status"], ended["reason"])
    assert ("waiting", None) == (await state_of(two_volumes, second["hold_id"]), await target_of(two_volumes, second))
    await two_volumes.hear_of(SECOND, volume_key="2")
    assert SECOND == await target_of(two_volumes, second)


async def test_a_copy_that_is_relabelled_is_pulled_for_its_new_volume(two_volumes: Service) -> None:
    first = await hold(two_volumes, "JESSICA", volume="1")
    await two_volumes.check_out(copy_barcode=FIRST, card_number="STEVE", override=PULLED)

    await two_volumes.hear_of(SECOND, volume_key="1")

    assert (SECOND, [SECOND]) == (await target_of(two_volumes, first), await pull_list(two_volumes))


async def test_a_copy_of_a_title_that_lost_all_its_volumes_is_kept_for_nobody_who_waits_for_one(
    two_volumes: Service,
) -> None:
    barcodes = FIRST, SECOND, ANOTHER_SECOND
    for barcode in barcodes:
        await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")
    await hold(two_volumes, "JESSICA", volume="2")

    for barcode in barcodes:
        await two_volumes.hear_of(barcode, volume_key=None)

    last = (await two_volumes.bring_back(copy_barcode=ANOTHER_SECOND, branch="EAST")).json()
    assert ("shelf", None) == (last["next"], last["hold"])


async def test_a_copy_relabelled_while_it_was_missing_is_kept_for_nobody_who_waits_for_its_old_volume(
    two_volumes: Service,
) -> None:
    for barcode in (SECOND, ANOTHER_SECOND):
        await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")
    waiting = await hold(two_volumes, "JESSICA", volume="2")
    await two_volumes.note_of(SECOND, refusals=MISSING)
    await two_volumes.note_of(SECOND, volume_key="3")

    back = (await two_volumes.bring_back(copy_barcode=SECOND, branch="MAIN")).json()

    assert (None, "waiting") == (back["hold"], await state_of(two_volumes, waiting["hold_id"]))


async def test_a_captured_copy_that_is_of_another_volume_after_all_is_kept_for_who_waits_for_that(
    two_volumes: Service,
) -> None:
    for barcode in (FIRST, SECOND, ANOTHER_SECOND):
        await two_volumes.check_out(copy_barcode=barcode, card_number="REBECCA")
    second, first = await hold(two_volumes, "JESSICA", volume="2"), await hold(two_volumes, "STEVE", volume="1")
    await two_volumes.bring_back(copy_barcode=SECOND, branch="MAIN")
    before = await state_of(two_volumes, second["hold_id"])

    await two_volumes.hear_of(SECOND, volume_key="1")

    assert ("ready", "waiting") == (before, await state_of(two_volumes, second["hold_id"]))
    cleared = (await two_volumes.bring_back(copy_barcode=SECOND, branch="MAIN")).json()
    assert first["hold_id"] == cleared["hold"]["hold_id"]


async def test_a_hold_for_a_volume_whose_only_copy_lending_never_had_in_hand_ends_when_that_is_gone(
    two_volumes: Service,
) -> None:
    shelve(two_volumes, "V3", volume="3", refusals=IN_REPAIR)
    third = await hold(two_volumes, "JESSICA", volume="3")

    await two_volumes.hear_of("V3", refusals=WITHDRAWN)

    ended = await shown(two_volumes, third)
    assert ("cancelled", "no-lendable-copy") == (ended["status"], ended["reason"])


PULLED = {"codes": ["copy-held-for-other"], "comment": "Now."}


async def test_a_former_hold_names_its_volume_and_one_that_names_none_waits_for_any(two_volumes: Service) -> None:
    two_volumes.catalogue.copies = [replace(copy, title="Emma") for copy in two_volumes.catalogue.copies]
    former = {"book": "Emma", "placed_at": "2026-02-01"}
    whole = await bring(
        two_volumes,
        former | {"card_number": "ADA", "volume": "2"},
        former | {"card_number": "STEVE"},
        former | {"card_number": "JESSICA", "volume": "9"},
        former | {"card_number": "REBECCA", "volume": "1", "status": "ready", "copy_barcode": SECOND},
    )
    again = await bring(two_volumes, former | {"card_number": "ADA", "volume": "2"})

    assert (2, 2, 1) == (whole["created"], whole["failed"], again["skipped"])
    assert {"unknown-volume", "volume-not-named", "copy-of-other-book"} == {each["code"] for each in whole["errors"]}
    queue = (await two_volumes.get(f"/v1/hold-queues/{EMMA}")).json()["items"]
    assert ["2", None] == [each["volume"] for each in queue]


async def bring(library: Service, *records: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await ended(library, await send(library, json.dumps(records), "what=holds&format=json"))
    return found
