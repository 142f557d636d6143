from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from members_service.domain.identity.roles import Role
from members_service.domain.membership.standing import Action, ActionBlock, Suspension
from members_service.persistence.membership.tables import desk_messages, members
from shared.persistence.statements import DriverStatement
from tests.answers import problem_of
from tests.members.api.conftest import Service
from tests.members.makers import a_block


async def change(service: Service, member_id: str, *, leave: bool = False, suspended: int | None = None) -> None:
    """Change a member in ways for which there are no routes yet."""
    async with service.app.state.membership.enrol_member.unit_of_work(None) as uow:
        member = await uow.members.get(UUID(member_id))
        if suspended is not None:
            end = service.today + timedelta(days=suspended)
            member.suspension = Suspension("Shouting.", end)
            member.version += 1
        else:
            member.block(a_block(action=Action.HOLD), today=service.today)
        if leave:
            member.leaving_since = service.clock.now()
        await uow.commit()


def moved_to(service: Service, zone: str) -> None:
    """Let the library write the days of another zone from now on."""
    there = replace(service.app.state.membership.assess_standing, zone=ZoneInfo(zone))
    service.app.state.membership.assess_standing = there


async def test_a_member_in_good_standing_may_do_everything(service: Service) -> None:
    ada = await service.enrol(card_number="20000000000018")

    by_card = await service.standing(card_number="20000000000018")
    by_id = await service.standing(member_id=ada["member_id"])

    assert 200 == by_card.status_code
    assert by_card.json() == by_id.json()
    assert {
        "member_id": ada["member_id"],
        "category": "adult",
        "expires_on": ada["expires_on"],
        "may_borrow": True,
        "may_renew": True,
        "may_hold": True,
        "refusals": [],
        "notes": [],
        "pays_for": [],
    } == by_card.json()


async def test_the_age_is_told_in_full_years_and_the_date_of_birth_is_not(service: Service) -> None:
    born = service.today.replace(year=service.today.year - 18)
    ada = await service.enrol(date_of_birth=born.isoformat())
    kim = await service.enrol(date_of_birth=(born + timedelta(days=1)).isoformat(), email="kim@example.org")

    grown, minor = [await service.standing(member_id=member["member_id"]) for member in (ada, kim)]

    assert (18, 17) == (grown.json()["age"], minor.json()["age"])
    assert born.isoformat() not in grown.text


async def test_the_age_is_that_of_the_day_in_the_library(service: Service) -> None:
    born = service.today.replace(year=service.today.year - 18) + timedelta(days=1)
    ada = await service.enrol(date_of_birth=born.isoformat())

    moved_to(service, "Pacific/Kiritimati")
    service.clock.pass_by(timedelta(hours=14))

    assert 18 == (await service.standing(member_id=ada["member_id"])).json()["age"]


async def test_a_membership_that_expires_today_still_borrows_today(service: Service) -> None:
    ada = await service.enrol(expires_on=service.day(0))

    today = (await service.standing(member_id=ada["member_id"])).json()
    service.clock.pass_by(timedelta(days=1))
    tomorrow = (await service.standing(member_id=ada["member_id"])).json()

    assert (True, []) == (today["may_borrow"], today["refusals"])
    assert [False, False, False] == [tomorrow[f"may_{action}"] for action in ("borrow", "renew", "hold")]
    assert [
        {
            "code": "membership-expired",
            "detail": f"The membership expired on {ada['expires_on']}. Renew it first.",
            "actions": ["borrow", "renew", "hold"],
            "expires_on": ada["expires_on"],
        }
    ] == tomorrow["refusals"]


async def test_the_day_ends_when_it_ends_in_the_library(service: Service) -> None:
    noon = service.clock.now().replace(hour=12, minute=0)
    service.clock.time = noon
    ada = await service.enrol(expires_on=service.day(0))
    moved_to(service, "Pacific/Kiritimati")

    assert not (await service.standing(member_id=ada["member_id"])).json()["may_borrow"]


async def test_who_expires_today_borrows_while_it_is_today_in_the_library(service: Service) -> None:
    service.clock.time = service.clock.now().replace(hour=12, minute=0)
    ada = await service.enrol(expires_on=service.day(0))
    moved_to(service, "Pacific/Pago_Pago")  # eleven hours behind UTC

    service.clock.pass_by(timedelta(hours=22))  # in UTC it is tomorrow, in the library an hour before midnight
    late = (await service.standing(member_id=ada["member_id"])).json()
    service.clock.pass_by(timedelta(hours=1))
    after = (await service.standing(member_id=ada["member_id"])).json()

    assert (True, False) == (late["may_borrow"], after["may_borrow"])


@pytest.mark.parametrize(("days", "suspended"), [(-1, False), (0, True), (1, True)])
async def test_a_suspension_holds_through_its_last_day(service: Service, days: int, *, suspended: bool) -> None:
    ada = await service.enrol()
    await change(service, ada["member_id"], suspended=days)

    standing = (await service.standing(member_id=ada["member_id"])).json()

    assert standing["may_borrow"] is not suspended
    assert (["member-suspended"] if suspended else []) == [refusal["code"] for refusal in standing["refusals"]]
    assert not suspended or service.day(days) == standing["refusals"][0]["until"]


async def test_blocks_and_leaving_are_told_with_the_actions_that_they_stop(service: Service) -> None:
    ada = await service.enrol()
    await change(service, ada["member_id"], leave=True)

    refusals = (await service.standing(member_id=ada["member_id"])).json()["refusals"]

    assert [("member-blocked", ["hold"]), ("member-leaving", ["borrow", "renew", "hold"])] == [
        (refusal["code"], refusal["actions"]) for refusal in refusals
    ]
    assert all({"code", "detail", "actions"} == set(refusal) for refusal in refusals)


async def test_refusals_are_told_in_the_language_that_is_asked_for(service: Service) -> None:
    ada = await service.enrol()
    await change(service, ada["member_id"], leave=True)
    service.http.headers["Accept-Language"] = "es"

    answer = await service.standing(member_id=ada["member_id"])

    assert [
        "La reserva está bloqueada hasta nuevo aviso.",
        "El socio deja la biblioteca: los ejemplares solo se pueden devolver.",
    ] == [refusal["detail"] for refusal in answer.json()["refusals"]]
    assert "es" == answer.headers["content-language"]


@pytest.mark.parametrize(
    "query",
    [{"card_number": "nobody"}, {"card_number": ""}, {"card_number": "x" * 2_000}, {"card_number": "' OR 1=1 --"},
     {"card_number": "%"}, {"member_id": str(uuid4())}, {"card_number": "é漢🦦"}],
)  # fmt: skip
async def test_nobody_is_not_found(service: Service, query: dict[str, str]) -> None:
    await service.enrol()

    answer = await service.standing(**query)

    assert (404, "member-not-found") == (answer.status_code, problem_of(answer)["code"])


async def test_only_services_ask(service: Service) -> None:
    for role in Role:
        answer = await service.get("/v1/members/standing?card_number=1", token=service.token(role))
        assert (403, "forbidden") == (answer.status_code, problem_of(answer)["code"])


def test_a_stop_is_a_stop() -> None:
    assert ActionBlock(Action.HOLD, None) == a_block(action=Action.HOLD).effect


async def test_up_to_a_hundred_are_answered_in_the_order_asked(service: Service) -> None:
    ada, token = await service.enrol(card_number="20000000000018"), service.token_for("members:standing")
    named = [{"card_number": "NOBODY"}, {"member_id": ada["member_id"]}, {"card_number": "20000000000018"}]

    answer = await service.request("POST", "/v1/members/standing", {"members": named}, token=token)

    single = (await service.standing(member_id=ada["member_id"])).json()
    unknown = {"code": "member-not-found", "detail": "No member has this id or card number."}
    assert (200, [{"problem": unknown}, {"found": single}, {"found": single}]) == (
        answer.status_code,
        answer.json()["items"],
    )


@pytest.mark.parametrize(
    "members",
    [[], [{}], [{"card_number": "A", "member_id": str(uuid4())}], [{"card_number": "A"}] * 101, [{"card": "A"}]],
)
async def test_a_list_that_names_nobody_or_too_many_is_refused(service: Service, members: object) -> None:
    token = service.token_for("members:standing")

    answer = await service.request("POST", "/v1/members/standing", {"members": members}, token=token)

    assert 422 == answer.status_code
    assert "errors" in problem_of(answer)


async def test_a_card_that_no_database_keeps_spoils_no_other_answer(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol(card_number="A1")
    token, asked = service.token_for("members:standing"), [{"card_number": "A\0"}, {"card_number": "a1"}]

    for named in (asked, asked[:1]):
        answer = await service.request("POST", "/v1/members/standing", {"members": named}, token=token)

        assert 200 == answer.status_code
        problem, *found = answer.json()["items"]
        assert "member-not-found" == problem["problem"]["code"]
        assert [ada["member_id"]][: len(named) - 1] == [one["found"]["member_id"] for one in found]


async def test_what_cannot_be_opened_stops_nobody_at_the_desk(
    service_on_either: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service = service_on_either
    ada = await service.enrol(date_of_birth="1990-05-05", notes=[{"text": "Ring twice.", "show_at_desk": True}])
    path = f"/v1/members/{ada['member_id']}/desk-messages"
    spoilt = (await service.request("POST", path, {"text": "Her glasses."})).json()["message_id"]
    await service.request("POST", path, {"text": "Her keys."})
    async with service.database.engine.begin() as connection:
        await connection.execute(update(members).values(details="sealed:gone:AAAA"))
        theirs = desk_messages.c.message_id == UUID(spoilt)
        await connection.execute(update(desk_messages).where(theirs).values(text="sealed:gone:AAAA"))

    answer = await service.standing(member_id=ada["member_id"])

    assert 200 == answer.status_code, answer.text
    standing = answer.json()
    assert (True, None, [{"text": "Her keys."}]) == (standing["may_borrow"], standing.get("age"), standing["notes"])
    logged = [line for line in capsys.readouterr().out.splitlines() if "left out, for it cannot be opened" in line]
    assert 2 == len(logged)
    assert any(ada["member_id"] in line for line in logged)


async def test_blocks_messages_and_wards_do_not_multiply_one_another(
    service_on_either: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, read, counted = service_on_either, DriverStatement.rows, list[int]()

    def counting(self: DriverStatement, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        counted.append(len(fetched))
        return read(self, fetched)

    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}"
    pays = [{"member_id": ada["member_id"], "may": ["pay"]}]
    wards = [(await service.enrol(guardians=pays))["member_id"] for _ in range(3)]
    for action in ("borrow", "hold"):
        await service.request("POST", f"{path}/blocks", {"action": action, "reason": "Wet books."})
    for text in ("Her glasses.", "Her glasses."):
        await service.request("POST", f"{path}/desk-messages", {"text": text})

    monkeypatch.setattr(DriverStatement, "rows", counting)
    standing = (await service.standing(member_id=ada["member_id"])).json()

    assert (["member-blocked"] * 2, ["Her glasses."] * 2, sorted(wards)) == (
        [one["code"] for one in standing["refusals"]],
        [one["text"] for one in standing["notes"]],
        sorted(standing["pays_for"]),
    )
    assert [1] == counted
