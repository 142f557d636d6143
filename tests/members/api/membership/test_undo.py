"""The undoing of an import of members over HTTP: whom it made goes as long as nothing hangs on them."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from members_service.application.privacy import undo_members
from members_service.application.privacy.undo_members import AT_ONCE
from members_service.domain.identity.roles import Role
from members_service.persistence.membership.tables import imports
from members_service.persistence.notices.tables import suppressions
from shared.kernel.imports import LEASE
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.api.membership.test_imports import ADA, finished, send

KIM = {"external_id": "2", "card_number": "K1", "name": "Kim Novak", "category": "child"}
MIA = {"external_id": "3", "card_number": "M1", "name": "Mia Wu", "category": "adult"}
KIM_OF_ADA = KIM | {"guardians": [{"card_number": "A1", "may": ["see"]}]}


async def bring(service: Service, *records: dict[str, Any]) -> dict[str, Any]:
    return await finished(service, await send(service, "\n".join(json.dumps(one) for one in records)))


async def undo(service: Service, ended: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
    path = f"/v1/imports/{ended['import_id']}/undo?dry_run={str(dry_run).lower()}"
    undone = await finished(service, await service.request("POST", path))
    assert ("done", ended["import_id"]) == (undone["state"], undone["undoes"])
    return undone


def counted(undone: dict[str, Any]) -> tuple[int, int, int, int]:
    return undone["read"], undone["updated"], undone["skipped"], undone["failed"]


async def member(service: Service, card: str) -> dict[str, Any] | None:
    found = (await service.get(f"/v1/members?card_number={card}")).json()["items"]
    return found[0] if found else None


async def _status(service: Service, card: str) -> str:
    found = await member(service, card)
    assert found is not None
    return str(found["status"])


async def change(service: Service, who: dict[str, Any] | None, **facts: Any) -> httpx.Response:
    assert who is not None
    return await service.request("PATCH", f"/v1/members/{who['member_id']}", facts, If_Match="*")


async def test_whom_an_import_made_goes_with_guardians_and_accounts_and_comes_again_with_the_same_file(
    service_on_either: Service,
) -> None:
    service = service_on_either
    file = (KIM_OF_ADA, ADA | {"email": "ada@x.y", "notes": [{"text": "Shouts."}]})
    ended = await bring(service, *file)
    before = [await member(service, "A1"), await member(service, "K1")]

    foreseen = await undo(service, ended, dry_run=True)
    assert before == [await member(service, "A1"), await member(service, "K1")]
    undone = await undo(service, ended)

    assert ((3, 3, 0, 0), (3, 3, 0, 0)) == (counted(foreseen), counted(undone))
    assert [None, None] == [await member(service, "A1"), await member(service, "K1")]
    again = await bring(service, *file)
    assert (2, []) == (again["created"], again["errors"])
    kim, ada = await member(service, "K1"), await member(service, "A1")
    assert kim is not None
    assert ada is not None
    assert [ada["member_id"]] == [each["member_id"] for each in kim["guardians"]]


async def test_who_borrows_or_was_changed_stays_with_the_reason_and_another_undo_tries_again(service: Service) -> None:
    others = [{"external_id": f"x{each}", "card_number": f"X{each}", "name": "X", "category": "adult"} for each in "12"]
    ended = await bring(service, ADA, KIM, *others)
    ada, kim = await member(service, "A1"), await member(service, "K1")
    assert ada is not None
    service.lending.borrowing.add(UUID(ada["member_id"]))
    await change(service, kim, name="Kim Smith")

    undone = await undo(service, ended)

    assert (4, 2, 0, 2) == counted(undone)
    assert {("A1", "member-in-use"), ("K1", "changed-since-import")} == {
        (each["identifier"], each["code"]) for each in undone["errors"]
    }
    assert [None, None] == [await member(service, "X1"), await member(service, "X2")]
    service.lending.borrowing.clear()
    assert (2, 1, 0, 1) == counted(await undo(service, ended))
    assert await member(service, "A1") is None


async def _uses_the_account(service: Service, who: dict[str, Any]) -> None:
    reset = await service.request("POST", f"/v1/members/{who['member_id']}/password-reset")
    assert 201 == reset.status_code, reset.text


async def _leaves_a_message(service: Service, who: dict[str, Any]) -> None:
    left = await service.request("POST", f"/v1/members/{who['member_id']}/desk-messages", {"text": "Call her."})
    assert 201 == left.status_code, left.text


async def _stands_in(service: Service, who: dict[str, Any]) -> None:
    await service.enrol(guardians=[{"member_id": who["member_id"], "may": ["see"]}])


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (_uses_the_account, "This member stays: somebody uses an account of theirs, or is about to."),
        (_leaves_a_message, "This member stays: there are messages for the desk."),
        (_stands_in, "This member stays, and stands in for others."),
    ],
)
async def test_what_hangs_on_a_member_without_a_change_keeps_the_member(service: Service, act: Any, told: str) -> None:
    ended = await bring(service, ADA | {"email": "ada@x.y"})
    ada = await member(service, "A1")
    assert ada is not None
    await act(service, ada)

    (error,) = (await undo(service, ended))["errors"]

    assert ("member-in-use", told) == (error["code"], error["detail"])
    assert await member(service, "A1") is not None


async def test_who_was_here_before_stays_as_the_import_left_the_record_but_for_guardians(service: Service) -> None:
    await bring(service, ADA, KIM)
    ended = await bring(service, KIM_OF_ADA | {"phone": "1"}, {"card_number": "N1", "name": "New", "category": "adult"})

    undone = await undo(service, ended)

    assert (3, 2, 0, 1) == counted(undone)
    assert [("K1", "was-here-before")] == [(each["identifier"], each["code"]) for each in undone["errors"]]
    kim = await member(service, "K1")
    assert kim is not None
    assert ("1", [], None) == (kim["phone"], kim["guardians"], await member(service, "N1"))
    await bring(service, KIM_OF_ADA)
    kim = await member(service, "K1")
    assert kim is not None
    assert 1 == len(kim["guardians"])


async def test_who_is_gone_already_is_counted_as_gone_and_nobody_counts_as_having_left(service: Service) -> None:
    ended = await bring(service, ADA, KIM)
    ada = await member(service, "A1")
    assert ada is not None
    await service.app.state.privacy.erase_again(UUID(ada["member_id"]))

    assert (2, 1, 1, 0) == counted(await undo(service, ended))

    by = {"Authorization": f"Bearer {service.token(Role.ADMIN)}"}
    year = service.today.year
    figures = await service.http.get(f"/v1/statistics/left?from={year}-01-01&to={year}-12-31", headers=by)
    assert (200, []) == (figures.status_code, figures.json()["rows"])


async def test_many_go_a_few_at_a_time_and_those_who_stay_are_told_once(service: Service) -> None:
    file = [ADA | {"external_id": f"x{each}", "card_number": f"X{each}"} for each in range(2 * AT_ONCE + 3)]
    ended = await bring(service, *file)
    stay = [f"X{each}" for each in (0, AT_ONCE, 2 * AT_ONCE + 2)]
    for card in stay:
        await change(service, await member(service, card), phone="1")

    undone = await undo(service, ended)

    assert (len(file), len(file) - 3, 0, 3) == counted(undone)
    assert sorted(stay) == sorted(error["identifier"] for error in undone["errors"])
    assert sorted(stay) == sorted(
        each["card_number"] for each in (await service.get("/v1/members?limit=100")).json()["items"]
    )


async def test_nobody_is_served_from_when_lending_is_asked_and_who_borrowed_just_before_is_served_again(
    service_on_either: Service,
) -> None:
    service = service_on_either
    ended = await bring(service, ADA, KIM)
    ada = await member(service, "A1")
    assert ada is not None
    seen: list[str] = []

    async def looks() -> None:
        seen.append(await _status(service, "A1"))

    async def lends() -> None:
        await looks()
        service.lending.borrowing.add(UUID(ada["member_id"]))

    service.lending.meanwhile = [looks, lends]
    undone = await undo(service, ended)

    assert ["active", "leaving"] == seen
    assert (2, 1, 0, 1) == counted(undone)
    assert [("A1", "member-in-use")] == [(each["identifier"], each["code"]) for each in undone["errors"]]
    assert "active" == await _status(service, "A1")
    after = await member(service, "A1")
    assert after is not None
    assert ada["version"] == after["version"]


async def test_lending_that_goes_away_between_two_batches_leaves_nobody_aside_and_counts_nobody_twice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_members, "AT_ONCE", 1)
    await bring(service, MIA)
    ended = await bring(service, MIA | {"phone": "1"}, ADA, KIM_OF_ADA)
    queued = await service.request("POST", f"/v1/imports/{ended['import_id']}/undo")
    asked = [0]

    async def answers() -> None:
        asked[0] += 1

    async def goes_away() -> None:
        service.lending.away = True

    service.lending.meanwhile = [answers, answers, answers, goes_away]
    run = replace(service.app.state.moving_in.run_import, pause=0)
    while not service.lending.away:
        await run()
    assert "active" == await _status(service, "A1")
    service.lending.away = False
    service.clock.pass_by(2 * LEASE)

    undone = await finished(service, queued)

    assert 3 == asked[0]
    assert (4, 3, 0, 1) == counted(undone)
    assert [(4, "M1", "was-here-before")] == [
        (each["record"], each["identifier"], each["code"]) for each in undone["errors"]
    ]
    assert [None, None] == [await member(service, "A1"), await member(service, "K1")]


async def test_a_ward_whose_guardians_went_back_goes_with_another_undo(service: Service) -> None:
    ended = await bring(service, ADA, KIM_OF_ADA)
    kim = await member(service, "K1")
    assert kim is not None
    service.lending.borrowing.add(UUID(kim["member_id"]))
    assert (3, 2, 0, 1) == counted(await undo(service, ended))
    service.lending.borrowing.clear()
    service.clock.pass_by(LEASE)

    assert (1, 1, 0, 0) == counted(await undo(service, ended))

    assert await member(service, "K1") is None
    last = await undo(service, ended)
    assert (1, 1, 0, 0) == counted(last)  # the same undo once more: nothing is left to be undone


async def test_guardians_that_a_file_gave_twice_go_back_both_times(service: Service) -> None:
    await bring(service, ADA, KIM, MIA)
    other = {"external_id": "2", "guardians": [{"card_number": "M1", "may": ["see"]}]}
    ended = await bring(service, KIM_OF_ADA, KIM | other)

    undone = await undo(service, ended)

    assert [] == undone["errors"]
    kim = await member(service, "K1")
    assert kim is not None
    assert [] == kim["guardians"]


async def test_whoever_brings_in_files_but_may_not_erase_cannot_undo_one(service: Service) -> None:
    ended = await bring(service, ADA)
    await service.request("PUT", "/v1/roles/mover", {"title": "Mover", "rights": ["import_members"]})
    await service.open_account("mover@x.y", "mover")
    token = (await service.sign_in("mover@x.y")).json()["access_token"]

    answer = await service.request("POST", f"/v1/imports/{ended['import_id']}/undo", token=token)

    assert (403, "right-missing", "erase") == (
        answer.status_code,
        problem_of(answer)["code"],
        problem_of(answer)["right"],
    )
    assert await member(service, "A1") is not None


async def test_who_asked_for_the_undo_is_on_record(service: Service) -> None:
    ended = await bring(service, ADA)
    ada = await member(service, "A1")
    assert ada is not None
    await undo(service, ended)

    path = f"/v1/audit?deed=erased&member_id={ada['member_id']}"
    (erased,) = (await service.get(path)).json()["items"]

    assert erased["by"] is not None
    assert {"import_id": ended["import_id"]} == erased["facts"]


async def test_what_an_import_keeps_of_guardians_goes_with_the_erasure_of_one_of_them(service: Service) -> None:
    await bring(service, ADA, KIM)
    await bring(service, KIM_OF_ADA)
    ada = await member(service, "A1")
    assert ada is not None
    (kept,) = await _kept_of_guardians(service)
    assert ada["member_id"].encode() in kept

    await service.app.state.privacy.erase_again(UUID(ada["member_id"]))

    assert [] == await _kept_of_guardians(service)


async def _kept_of_guardians(service: Service) -> list[bytes]:
    rows = await service.database.rows(select(imports.changes.c.content))
    return [row.content for row in rows if b"guardians" in row.content]


async def test_an_address_that_others_have_too_stays_suppressed(service: Service) -> None:
    both = ADA | {"email": "us@x.y"}
    ended = await bring(service, both)
    await bring(service, KIM | {"email": "us@x.y"})
    suppressed = select(suppressions)
    async with service.app.state.privacy.undo_members.unit_of_work() as uow:
        await uow.suppressions.add("us@x.y", reason="bounced", status=None, now=service.clock.now())
        await uow.commit()

    assert (1, 1, 0, 0) == counted(await undo(service, ended))

    assert 1 == len(list(await service.database.rows(suppressed)))
    await service.app.state.privacy.erase_again(UUID((await member(service, "K1") or {})["member_id"]))
    assert [] == list(await service.database.rows(suppressed))
