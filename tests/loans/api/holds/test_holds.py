"""Holds, as members and the desk place, see and end them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.holds.placing import EMMA_FOR_ADA, arrange, place, placed
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing


async def test_a_hold_on_a_book_that_was_merged_is_told_which_book_to_ask_for(service: Service) -> None:
    service.catalogue.merged[EMMA] = into = new_id()

    refused = await place(service)

    assert (404, "book-merged", str(into)) == (refused.status_code, refused.json()["code"], refused.json()["into"])


async def test_every_reason_against_a_hold_is_told_at_once(service: Service) -> None:
    for code in ("already-held-by-member", "no-lendable-copy", "member-suspended", "hold-limit-reached"):
        await arrange(service, code)

    answer = await place(service, EMMA_FOR_ADA | {"pickup_branch": "ATLANTIS", "expires_on": "2026-03-01"})

    assert 409 == answer.status_code
    assert [
        "already-held-by-member",
        "hold-limit-reached",
        "invalid-hold-expiry",
        "member-suspended",
        "no-lendable-copy",
        "unknown-branch",
    ] == sorted(codes_of(answer))
    unknown = await place(service, {"book_id": str(new_id()), "card_number": "nobody", "pickup_branch": "ATLANTIS"})
    assert (404, ["book-not-found", "member-not-found", "unknown-branch"]) == (unknown.status_code, codes_of(unknown))


async def test_a_hold_is_fetched_in_a_branch_that_exists_and_is_named_as_the_library_names_it(service: Service) -> None:
    atlantis = await place(service, EMMA_FOR_ADA | {"pickup_branch": "ATLANTIS"})
    east = await place(service, EMMA_FOR_ADA | {"pickup_branch": "east"})

    (refusal,) = problem_of(atlantis)["errors"]
    assert (422, "unknown-branch", "/pickup_branch") == (atlantis.status_code, refusal["code"], refusal["pointer"])
    assert (201, "EAST") == (east.status_code, east.json()["pickup_branch"])


async def test_books_is_asked_for_a_branch_only_if_one_is_named(service: Service) -> None:
    await placed(service)

    assert 1 == service.catalogue.questions


async def test_a_hold_answers_with_its_place_in_the_queue(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await placed(service, {"book_id": str(EMMA), "card_number": "KIM"})

    answer = await place(service, EMMA_FOR_ADA | {"pickup_branch": "EAST", "expires_on": "2026-03-31"}, key="h1")
    again = await place(service, EMMA_FOR_ADA | {"pickup_branch": "EAST", "expires_on": "2026-03-31"}, key="h1")

    hold = answer.json()
    assert (201, f"/v1/holds/{hold['hold_id']}") == (answer.status_code, answer.headers["Location"])
    assert ("waiting", 2, "EAST", "2026-03-31", "Emma") == (
        hold["status"],
        hold["position"],
        hold["pickup_branch"],
        hold["expires_on"],
        hold["title"],
    )
    assert answer.content == again.content


async def test_a_member_holds_for_oneself_and_for_nobody_else(service: Service) -> None:
    own = await place(service, {"book_id": str(EMMA)}, token=ADAS)
    another = {"book_id": str(EMMA), "member_id": str(new_id())}

    assert (201, str(ADA)) == (own.status_code, own.json()["member_id"])
    for body in (another, EMMA_FOR_ADA):
        refused = await place(service, body, token=ADAS)
        assert (403, "forbidden") == (refused.status_code, problem_of(refused)["code"])


async def test_a_member_sees_their_own_place_and_nothing_of_others(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    kims = await placed(service, {"book_id": str(EMMA), "card_number": "KIM"})
    mine = await placed(service)

    listed = (await service.get("/v1/holds/mine", ADAS)).json()["items"]

    assert [(mine, 2)] == [(hold["hold_id"], hold["position"]) for hold in listed]
    for verb in ("cancel", "suspend", "resume"):
        assert 404 == (await service.post(f"/v1/holds/{kims}/{verb}", {}, token=ADAS)).status_code
    assert 404 == (await service.get(f"/v1/holds/{kims}", ADAS)).status_code
    assert 403 == (await service.get("/v1/holds", ADAS)).status_code
    assert 403 == (await service.get(f"/v1/hold-queues/{EMMA}", ADAS)).status_code


async def test_a_hold_is_cancelled_by_its_member_once_however_often_they_say_so(service: Service) -> None:
    hold_id = await placed(service, {"book_id": str(EMMA)}, token=ADAS)

    answers = [await service.post(f"/v1/holds/{hold_id}/cancel", {}, token=ADAS) for _ in range(2)]

    assert [(200, "cancelled", None)] * 2 == [
        (answer.status_code, answer.json()["status"], answer.json()["position"]) for answer in answers
    ]
    assert 1 == [type_ async for type_, _ in service.events()].count("loans.hold.cancelled")


async def test_a_hold_suspended_until_a_day_waits_again_by_itself(service: Service) -> None:
    hold_id = await placed(service)
    suspended = await service.post(f"/v1/holds/{hold_id}/suspend", {"until": "2026-03-05T00:00:00Z"})

    before = (await service.bring_back()).json()
    service.clock.pass_by(timedelta(days=3))
    after = (await service.bring_back()).json()

    assert (True, "2026-03-05T00:00:00Z") == (suspended.json()["suspended"], suspended.json()["suspended_until"])
    assert ("shelf", "hold_shelf") == (before["next"], after["next"])


async def test_a_hold_that_waited_too_long_is_served_no_more(service: Service) -> None:
    await placed(service, EMMA_FOR_ADA | {"expires_on": "2026-03-03"})
    service.clock.pass_by(timedelta(days=2))

    assert "shelf" == (await service.bring_back()).json()["next"]


async def test_a_holds_tag_changes_with_its_place(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    first = await placed(service, {"book_id": str(EMMA), "card_number": "KIM"})
    path = f"/v1/holds/{await placed(service)}"
    tag = (await service.get(path)).headers["ETag"]

    unchanged = await service.get(path, **{"If-None-Match": tag})
    await service.post(f"/v1/holds/{first}/cancel", {})
    moved_up = await service.get(path, **{"If-None-Match": tag})

    assert (304, 200, 1) == (unchanged.status_code, moved_up.status_code, moved_up.json()["position"])


async def test_holds_are_listed_page_by_page_and_filtered(service: Service) -> None:
    books = [a_copy(copy_id=new_id(), barcode=f"C{number}", book_id=new_id()) for number in range(5)]
    service.catalogue.copies += books
    ids = []
    for copy in books:
        ids.append(await placed(service, {"copy_id": str(copy.copy_id), "card_number": "ADA"}))
        service.clock.pass_by(timedelta(minutes=1))
    await service.post(f"/v1/holds/{ids[0]}/cancel", {})

    async def found(query: str) -> list[str]:
        seen: list[str] = []
        path: str | None = f"/v1/holds?limit=2&{query}"
        while path is not None:
            page = (await service.get(path)).json()
            seen += [hold["hold_id"] for hold in page["items"]]
            path = page["next_cursor"] and f"/v1/holds?limit=2&{query}&cursor={page['next_cursor']}"
        return seen

    assert ids[::-1] == await found(f"member_id={ADA}")
    assert ids[::-1] == await found("card_number=ADA")
    assert [] == await found("card_number=nobody")
    assert ids[:0:-1] == await found("status=waiting")
    assert [ids[2]] == await found(f"book_id={books[2].book_id}")
    assert [ids[3]] == await found(f"copy_id={books[3].copy_id}")
    assert [] == await found("pickup_branch=EAST")


async def test_holds_placed_at_once_get_places_without_a_gap(service: Service) -> None:
    cards = [f"M{number}" for number in range(6)]
    service.members.by_card |= {card: a_standing(member_id=new_id()) for card in cards}

    answers = await asyncio.gather(*(place(service, {"book_id": str(EMMA), "card_number": card}) for card in cards))

    assert [1, 2, 3, 4, 5, 6] == sorted(answer.json()["position"] for answer in answers)


async def test_a_book_of_which_one_copy_may_be_held_is_held_whatever_the_others_are(service: Service) -> None:
    reference = a_copy(copy_id=new_id(), barcode="R1", item_type="reference")
    service.catalogue.copies = [reference]

    refused = await place(service)
    service.catalogue.copies.append(a_copy())

    assert ["hold-not-allowed-by-policy"] == codes_of(refused)
    assert 201 == (await place(service)).status_code
    assert "shelf" == (await service.bring_back(copy_barcode="R1")).json()["next"]
    assert "hold_shelf" == (await service.bring_back()).json()["next"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"book_id": str(EMMA), "copy_id": str(EMMA_COPY)},
        {"book_id": str(EMMA), "card_number": "ADA", "member_id": str(ADA)},
        {"book_id": "emma"},
        {"book_id": str(EMMA), "expires_on": "tomorrow"},
        {"book_id": str(EMMA), "colour": "blue"},
    ],
)
async def test_a_body_that_is_not_understood_is_refused(service: Service, body: dict[str, Any]) -> None:
    answer = await place(service, body or {"nothing": None})

    assert (422, "invalid-request") == (answer.status_code, problem_of(answer)["code"])
