from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from stdnum import luhn

from members_service.domain.identity.roles import Role
from members_service.persistence.membership.tables import member_words
from tests.answers import problem_of
from tests.members.api.conftest import Service

ADA = {"name": "Ada Lovelace", "email": "Ada@library.example", "category": "adult"}


async def test_an_enrolment_answers_with_the_member_and_a_token(service: Service) -> None:
    body = ADA | {
        "card_number": "20000000000018",
        "expires_on": "2030-06-30",
        "phone": "+44 20 7946 0018",
        "mobile": "+44 7700 900018",
        "other_phone": "+44 1225 123456",
        "title": "Lady",
        "preferred_name": "Ada King",
        "second_address": {"street": "Ockham Park", "postal_code": None, "city": "Ockham", "country": "GB"},
        "given_name": "Ada",
        "family_name": "Lovelace",
        "address": {"street": "St James's Square 12", "postal_code": "SW1Y 4JH", "city": "London", "country": None},
        "date_of_birth": "1915-12-10",
        "language": "en-GB",
        "home_branch": "MAIN",
        "external_id": "koha-17",
        "notes": [{"text": "Owes us a bookcase.", "show_at_desk": True}],
        "attributes": {},
        "guardians": [],
    }

    answer = await service.request("POST", "/v1/members", body)

    shown = answer.json()
    assert 201 == answer.status_code
    assert f"/v1/members/{shown['member_id']}" == answer.headers["location"]
    assert answer.headers["etag"].startswith('"')
    assert 7 == UUID(shown.pop("member_id")).version
    assert 1 == shown.pop("number")
    assert len(shown.pop("activation_token")) >= 43
    assert shown.pop("activation_expires_at") > shown["joined_at"]
    told = {
        "card_stopped_at": None,
        "status": "active",
        "suspension": None,
        "joined_at": shown["joined_at"],
        "version": 1,
    }
    assert body | told | {"reading_history": "default", "has_pin": False} == shown


async def test_a_card_is_drawn_when_none_is_given(service: Service) -> None:
    number = (await service.enrol())["card_number"]

    assert (14, "2") == (len(number), number[0])
    assert luhn.is_valid(number)


async def test_a_membership_lasts_a_year_unless_somebody_says_otherwise(service: Service) -> None:
    enrolled = await service.enrol(category="child")

    assert enrolled["expires_on"] >= service.day(365)


async def test_a_family_shares_an_address_and_a_child_needs_none(service: Service) -> None:
    mother = await service.enrol(email="family@library.example")

    father = await service.enrol(email="Family@library.example")
    child = await service.enrol(
        email=None,
        category="child",
        guardians=[
            {"card_number": mother["card_number"], "may": ["see", "pay"]},
            {"member_id": father["member_id"], "may": ["pay"]},
        ],
    )

    own = service.token(Role.MEMBER, member_id=mother["member_id"])
    seen = await service.get(f"/v1/members/{child['member_id']}", token=own)
    assert (True, None, None) == (bool(mother["activation_token"]), father["activation_token"], child["email"])
    assert (200, ["pay", "see"]) == (seen.status_code, seen.json()["guardians"][0]["may"])
    wards = (await service.get(f"/v1/members?guardian_id={father['member_id']}")).json()["items"]
    assert [child["member_id"]] == [ward["member_id"] for ward in wards]


async def test_a_guardian_lists_those_in_her_care_and_loans_is_told_what_she_may(service: Service) -> None:
    mother = await service.enrol()
    child = await service.enrol(email=None, guardians=[{"member_id": mother["member_id"], "may": ["see", "collect"]}])
    own, loans = service.token(Role.MEMBER, member_id=mother["member_id"]), service.token_for("members:standing")
    path = f"/v1/members/{child['member_id']}/guardians"

    wards = await service.get("/v1/members/me/wards", token=own)
    told = await service.get(f"{path}/{mother['member_id']}", token=loans)
    nobody = await service.get(f"{path}/{child['member_id']}", token=loans)

    assert (200, [child["member_id"]]) == (wards.status_code, [each["member_id"] for each in wards.json()["items"]])
    assert (200, ["collect", "see"]) == (told.status_code, told.json()["may"])
    assert (404, "guardian-not-found") == (nobody.status_code, problem_of(nobody)["code"])


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"email": "nowhere"}, "/email", "invalid-email"),
        ({"card_number": "!"}, "/card_number", "invalid-card-number"),
        ({"date_of_birth": "2900-01-01"}, "/date_of_birth", "invalid-date-of-birth"),
        ({"category": "wizard"}, "/category", "unknown-category"),
        ({"category": 7}, "/category", None),
        ({"home_branch": "ATLANTIS"}, "/home_branch", "unknown-branch"),
        ({"pin": "12"}, "/pin", "invalid-pin"),
        ({"address": "London"}, "/address", None),
        ({"address": {"town": "London"}}, "/address/town", None),
        ({"guardians": [{"card_number": "X", "may": []}]}, "/guardians/0/may", None),
        ({"guardians": [{"card_number": "X", "may": ["see"]}]}, "/guardians", "unknown-guardian"),
        ({"attributes": {"school": "North"}}, "/attributes", "invalid-attributes"),
        ({"name": "  "}, "/name", None),
        ({"expires_on": "tomorrow"}, "/expires_on", None),
        ({"expires_on": "2026-02-30"}, "/expires_on", None),
        ({"expires_on": 1_800_000_000}, "/expires_on", None),
        ({"language": "english please"}, "/language", None),
        ({"roles": ["admin"]}, "/roles", None),
        ({"member_id": str(uuid4())}, "/member_id", None),
    ],
)
async def test_a_wrong_field_is_pointed_at(
    service: Service, wrong: dict[str, object], pointer: str, code: str | None
) -> None:
    answer = await service.request("POST", "/v1/members", ADA | wrong)

    [error] = problem_of(answer)["errors"]
    assert (422, pointer) == (answer.status_code, error["pointer"])
    assert code in (None, error["code"])


async def test_everything_that_is_wrong_is_told_at_once(service: Service) -> None:
    wrong = {"name": "", "email": "nowhere", "category": "", "card_number": "!", "roles": ["admin"]}

    answer = await service.request("POST", "/v1/members", wrong)

    told = {(error["pointer"], error["code"]) for error in problem_of(answer)["errors"]}
    assert {("/name", "text-empty"), ("/email", "invalid-email"), ("/card_number", "invalid-card-number")} <= told
    assert {"/name", "/email", "/category", "/card_number", "/roles"} == {pointer for pointer, _ in told}


async def test_the_same_request_again_brings_the_same_member_and_token(service: Service) -> None:
    desk = service.token(Role.LIBRARIAN, subject=uuid4())

    first = await service.request("POST", "/v1/members", ADA, token=desk, Idempotency_Key="k")
    again = await service.request("POST", "/v1/members", ADA, token=desk, Idempotency_Key="k")
    other = await service.request("POST", "/v1/members", ADA | {"name": "Kim"}, token=desk, Idempotency_Key="k")

    assert (201, first.json()) == (again.status_code, again.json())
    assert [first.headers[name] for name in ("location", "etag")] == [again.headers[n] for n in ("location", "etag")]
    assert "true" == again.headers["idempotency-replayed"]
    assert (422, "idempotency-key-reused") == (other.status_code, problem_of(other)["code"])


async def test_a_name_is_needed_whole_or_in_parts(service: Service) -> None:
    parts = {"given_name": "Ada", "family_name": "Lovelace", "category": "adult"}

    whole = await service.request("POST", "/v1/members", parts)
    without = await service.request("POST", "/v1/members", {"category": "adult"})

    assert (201, "Ada Lovelace") == (whole.status_code, whole.json()["name"])
    assert 422 == problem_of(without)["status"]


async def test_the_key_of_one_caller_is_not_that_of_another(service: Service) -> None:
    await service.request("POST", "/v1/members", ADA, Idempotency_Key="k")

    answer = await service.request("POST", "/v1/members", ADA, Idempotency_Key="k")

    assert (201, None) == (answer.status_code, answer.headers.get("idempotency-replayed"))


async def test_a_member_is_shown_to_staff_and_to_oneself_and_to_nobody_else(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    path = f"/v1/members/{ada['member_id']}"
    own = service.token(Role.MEMBER, member_id=ada["member_id"])
    others = service.token(Role.MEMBER, member_id=kim["member_id"])
    nobodys = service.token(Role.MEMBER)

    shown = [await service.get(path, token=token) for token in (service.token(Role.LIBRARIAN), own)]
    unknown = [await service.get(path, token=token) for token in (others, nobodys)]
    truly_unknown = await service.get(f"/v1/members/{uuid4()}")

    assert [200, 200] == [answer.status_code for answer in shown]
    assert shown[0].json() == shown[1].json() == {name: ada[name] for name in shown[0].json()}
    assert "activation_token" not in shown[0].json()
    for answer in (*unknown, truly_unknown):
        assert (404, "member-not-found") == (answer.status_code, problem_of(answer)["code"])
        assert problem_of(truly_unknown)["detail"] == problem_of(answer)["detail"]


async def test_oneself_is_found_without_knowing_the_id(service: Service) -> None:
    ada = await service.enrol()

    found = await service.get("/v1/members/me", token=service.token(Role.MEMBER, member_id=ada["member_id"]))
    nobody = await service.get("/v1/members/me", token=service.token(Role.MEMBER))

    assert (200, ada["member_id"]) == (found.status_code, found.json()["member_id"])
    assert (404, "member-not-found") == (nobody.status_code, problem_of(nobody)["code"])


async def test_a_client_that_has_the_present_version_gets_no_body(service: Service) -> None:
    path = f"/v1/members/{(await service.enrol(expires_on=service.day(0)))['member_id']}"
    tag = (await service.get(path)).headers["etag"]

    same = await service.get(path, If_None_Match=tag)
    service.clock.pass_by(timedelta(days=1))
    expired = await service.get(path, If_None_Match=tag)

    assert (304, b"", tag) == (same.status_code, same.content, same.headers["etag"])
    assert (200, "expired") == (expired.status_code, expired.json()["status"])


async def test_members_are_listed_page_by_page(service: Service) -> None:
    ids = [(await service.enrol())["member_id"] for _ in range(5)]

    seen, path, links = [], "/v1/members?limit=2", 0
    while path:
        answer = await service.get(path)
        seen += [member["member_id"] for member in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        assert (cursor is None) == ("next" not in answer.links)
        path = f"/v1/members?limit=2&cursor={cursor}" if cursor else ""
        links += 1

    assert (ids, 3) == (seen, links)


async def test_members_are_filtered_by_card_category_and_status(service: Service) -> None:
    ada = await service.enrol(card_number="A-1")
    kim = await service.enrol(category="child", expires_on=service.day(-1))

    async def found(query: str) -> list[str]:
        answer = await service.get(f"/v1/members?{query}")
        assert 200 == answer.status_code, answer.text
        return [member["member_id"] for member in answer.json()["items"]]

    assert [ada["member_id"]] == await found("card_number=a-1")
    assert [] == await found("card_number=nobody%27s")
    assert [kim["member_id"]] == await found("category=child") == await found("status=expired")
    assert [ada["member_id"]] == await found("status=active&category=adult")
    assert [] == await found("status=suspended")


@pytest.mark.parametrize(
    "query", ["category=wizard", "status=dead", "nonsense=1", "cursor=x", "limit=0", "card_number="]
)
async def test_a_wrong_question_is_refused(service: Service, query: str) -> None:
    answer = await service.get(f"/v1/members?{query}")

    assert 422 == answer.status_code
    problem_of(answer)


async def test_a_second_address_is_changed_in_parts_and_taken_away_as_a_whole(service: Service) -> None:
    ada = await service.enrol(second_address={"street": "Ockham Park", "city": "Ockham"})
    own = service.token(Role.MEMBER, member_id=ada["member_id"])
    path = "/v1/members/me"

    moved = await service.request("PATCH", path, {"second_address": {"street": "Horsley"}}, token=own, if_match="*")
    named = await service.request("PATCH", path, {"preferred_name": "Ada King"}, token=own, if_match="*")
    gone = await service.request("PATCH", path, {"second_address": None}, token=own, if_match="*")

    assert {"street": "Horsley", "postal_code": None, "city": "Ockham", "country": None} == moved.json()[
        "second_address"
    ]
    assert ("Ada King", None) == (named.json()["preferred_name"], gone.json()["second_address"])
    title = await service.request("PATCH", path, {"title": "Lady"}, token=own, if_match="*")
    assert 422 == title.status_code, "a form of address is the desk's to give"


async def test_somebody_is_found_by_the_name_that_is_preferred(service: Service) -> None:
    ada = await service.enrol(name="Augusta Ada Lovelace", preferred_name="Countess")

    for q in ("countess", "Countess Lovelace", "lovel COUNTESS"):
        (found,) = (await service.get(f"/v1/members?q={q}")).json()["items"]
        assert ada["member_id"] == found["member_id"]
    assert [] == (await service.get("/v1/members?q=countess kim")).json()["items"]
    words = [row.word for row in await service.database.rows(select(member_words.c.word).order_by(member_words.c.word))]
    assert ["ada", "augusta", "lovelace"] == words, "what is sealed stands nowhere in clear"
