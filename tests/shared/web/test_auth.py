"""Who gets in, who does not, and what they are told."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.kernel.rights import Held, Right, RightMissing
from shared.tokens import JwksKeys, TokenVerifier
from shared.tokens.verifying import Principal
from shared.web.auth import ANYWHERE, NOBODY, AllRightsTo, Anyone, Place, RightTo, WrongTable
from tests.shared.bad_input import check_problem
from tests.shared.hostile_tokens import HostileToken, a_token, hostile_tokens
from tests.shared.web.sample import ACCESS, CHANGE, GOOD, KEY, READER, WRITER, caller_of, sample_app

ADA = "0198c0de-0000-7000-8000-0000000000ad"
HOSTILE = [hostile for hostile in hostile_tokens(KEY) if hostile.fits_in_a_header]


async def test_without_a_token_one_is_asked_for(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/who")

    check_problem(answer)
    assert (401, "not-authenticated") == (answer.status_code, answer.json()["code"])
    assert 'Bearer realm="library"' == answer.headers["www-authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_with_a_good_token_the_caller_is_known(http: httpx.AsyncClient, scheme: str) -> None:
    answer = await http.get("/v1/who", headers={"Authorization": f"{scheme} {a_token(KEY, sub='ada')}"})

    assert {"subject": "ada"} == answer.json()


async def test_a_bad_token_is_refused_with_a_reason_for_programs_only(http: httpx.AsyncClient) -> None:
    now = int(time.time())
    expired = a_token(KEY, iat=now - 1_000, nbf=now - 1_000, exp=now - 100)

    answer = await http.get("/v1/who", headers={"Authorization": f"Bearer {expired}"})

    check_problem(answer)
    assert (401, "invalid-token") == (answer.status_code, answer.json()["code"])
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "expired" not in answer.text


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
async def test_a_hostile_token_does_not_get_in(http: httpx.AsyncClient, hostile: HostileToken) -> None:
    answer = await http.get("/v1/who", headers={"Authorization": f"Bearer {hostile.token}"})

    check_problem(answer)
    assert 401 == answer.status_code


async def test_two_tokens_are_none(http: httpx.AsyncClient) -> None:
    two = [("Authorization", READER["Authorization"]), ("Authorization", WRITER["Authorization"])]

    assert 401 == (await http.get("/v1/who", headers=two)).status_code


@pytest.mark.parametrize("scope", ["things:write", "admin", "other things:write"])
async def test_any_one_of_the_scopes_is_enough(http: httpx.AsyncClient, scope: str) -> None:
    answer = await http.get("/v1/either", headers={"Authorization": f"Bearer {a_token(KEY, scope=scope)}"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("scope", ["", "things:read", "things", "ADMIN", "things:write:more"])
async def test_without_any_of_the_scopes_it_is_forbidden(http: httpx.AsyncClient, scope: str) -> None:
    token = a_token(KEY, scope=scope, roles=["member"])
    answer = await http.get("/v1/either", headers={"Authorization": f"Bearer {token}"})

    check_problem(answer)
    assert (403, "forbidden") == (answer.status_code, answer.json()["code"])
    assert 'error="insufficient_scope", scope="things:write admin"' in answer.headers["www-authenticate"]


async def test_who_may_not_is_told_so_before_what_is_wrong_with_the_body(http: httpx.AsyncClient) -> None:
    assert 403 == (await http.post("/v1/things", json={"nonsense": 1}, headers=READER)).status_code
    assert 401 == (await http.post("/v1/things", json={"nonsense": 1})).status_code


async def test_where_none_is_needed_a_token_may_be_there_but_must_be_good(http: httpx.AsyncClient) -> None:
    anonymous = await http.get("/v1/maybe")
    known = await http.get("/v1/maybe", headers={"Authorization": f"Bearer {a_token(KEY, sub='ada')}"})
    bad = await http.get("/v1/maybe", headers={"Authorization": "Bearer bad"})

    assert ({"subject": None}, {"subject": "ada"}) == (anonymous.json(), known.json())
    assert 401 == bad.status_code


async def test_where_no_token_is_looked_at_a_bad_one_does_no_harm(http: httpx.AsyncClient) -> None:
    good = await http.get("/v1/unchecked", headers=READER)
    bad = await http.get("/v1/unchecked", headers={"Authorization": "Bearer bad"})
    basic = await http.get("/v1/unchecked", headers={"Authorization": "Basic Zm9vOmJhcg=="})

    assert [{"known": False}] * 3 == [good.json(), bad.json(), basic.json()]


@pytest.mark.parametrize(
    ("claims", "only_of"),
    [
        ({"scope": "things:read", "member_id": ADA}, None),
        ({"scope": "things:read self", "member_id": ADA}, None),
        ({"scope": "self", "member_id": ADA}, ADA),
        ({"scope": "self"}, str(NOBODY)),
    ],
)
async def test_one_s_own_things_are_seen_with_self_and_everybody_s_with_the_scope(
    http: httpx.AsyncClient, claims: dict[str, str], only_of: str | None
) -> None:
    answer = await http.get("/v1/whose", headers={"Authorization": f"Bearer {a_token(KEY, **claims)}"})

    assert {"only_of": only_of} == answer.json()


@pytest.mark.parametrize(
    ("claims", "status", "detail"),
    [
        ({"roles": ["keeper"], "scope": "things:write"}, 200, ""),
        ({"roles": ["member"], "scope": "things:read"}, 403, "This needs one of the scopes: things:write."),
        ({"roles": [], "scope": "things:write"}, 403, "This is for people who sign in, not for services"),
        ({"roles": [], "scope": "things:read"}, 403, "This needs one of the scopes: things:write."),
    ],
)
async def test_some_things_need_a_person_and_a_scope(
    http: httpx.AsyncClient, claims: dict[str, Any], status: int, detail: str
) -> None:
    answer = await http.get("/v1/people", headers={"Authorization": f"Bearer {a_token(KEY, **claims)}"})
    nobody = await http.get("/v1/people")

    assert (status, 401) == (answer.status_code, nobody.status_code)
    assert answer.json().get("detail", "").startswith(detail)


BY_PIN = {"scope": "self", "roles": ["keeper"], "member_id": ADA, "amr": ["pin"]}


@pytest.mark.parametrize("path", ["/v1/who", "/v1/own/lamp", "/v1/whose", "/v1/whose?only=yours",
    "/v1/whose?only=mine&only=yours", "/v1/whose?Only=mine", "/v1/whose?only="])  # fmt: skip
async def test_a_pin_alone_is_not_enough_where_the_row_does_not_say_so(path: str, http: httpx.AsyncClient) -> None:
    with_pin = await http.get(path, headers={"Authorization": f"Bearer {a_token(KEY, **BY_PIN)}"})

    check_problem(with_pin)
    assert (403, "pin-not-enough") == (with_pin.status_code, with_pin.json()["code"])
    assert "ign in with e-mail address and password" in with_pin.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/whose?only=mine", "/v1/whose?only=now", "/v1/maybe"])
async def test_it_is_where_it_does(path: str, http: httpx.AsyncClient) -> None:
    answer = await http.get(path, headers={"Authorization": f"Bearer {a_token(KEY, **BY_PIN)}"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("methods", [["pwd"], ["pin", "otp"], []])
async def test_whoever_proved_more_is_not_kept_out(methods: list[str], http: httpx.AsyncClient) -> None:
    token = a_token(KEY, **BY_PIN | {"amr": methods})

    assert 200 == (await http.get("/v1/whose", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_what_is_for_people_is_not_for_services(http: httpx.AsyncClient) -> None:
    service = a_token(KEY, sub="kiosk", client_id="kiosk", roles=[], scope="things:write")

    answer = await http.get("/v1/who", headers={"Authorization": f"Bearer {service}"})

    check_problem(answer)
    assert (403, "forbidden") == (answer.status_code, answer.json()["code"])


async def test_who_may_not_is_told_so_before_a_long_body_is_read() -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append("some of it")
        yield b" "

    async with caller_of(sample_app(access={**ACCESS, "upload": RightTo(CHANGE, at=ANYWHERE)})) as http:
        assert 401 == (await http.post("/v1/uploads", content=body())).status_code
        assert 403 == (await http.post("/v1/uploads", content=body(), headers=READER)).status_code
    assert [] == read


async def test_who_may_not_is_told_so_whatever_the_body_says(http: httpx.AsyncClient) -> None:
    json = {"Content-Type": "application/json"}

    assert 401 == (await http.post("/v1/things", content=b"{", headers=json)).status_code
    assert 403 == (await http.post("/v1/things", content=b"{", headers=READER | json)).status_code


def test_a_route_without_a_row_does_not_start() -> None:
    table = {name: row for name, row in ACCESS.items() if name != "who_am_i"}

    with pytest.raises(WrongTable, match=r"who_am_i \(/v1/who\)"):
        sample_app(access=table)


def test_a_row_without_a_route_does_not_start() -> None:
    with pytest.raises(WrongTable, match="remove_thing"):
        sample_app(access={**ACCESS, "remove_thing": Anyone()})


def test_two_applications_may_have_the_same_routes_and_different_tables() -> None:
    strict, open_to_all = sample_app(), sample_app(access={**ACCESS, "add_thing": Anyone()})

    assert "security" in strict.openapi()["paths"]["/v1/things"]["post"]
    assert [] == open_to_all.openapi()["paths"]["/v1/things"]["post"]["security"]


async def test_when_no_keys_can_be_had_the_caller_is_asked_to_come_back() -> None:
    async def down() -> Mapping[str, Any]:
        raise ConnectionError

    app = sample_app(verifier=TokenVerifier(JwksKeys(down), issuer="library"))
    async with caller_of(app) as http:
        answer = await http.get("/v1/who", headers=READER)
        open_to_all = await http.get("/v1/things")

    check_problem(answer)
    assert (503, "neighbour-unavailable") == (answer.status_code, answer.json()["code"])
    assert "1" == answer.headers["retry-after"]
    assert 200 == open_to_all.status_code


async def test_one_request_is_checked_once(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/v1/things", json=GOOD.body, headers=WRITER | {"Idempotency-Key": str(uuid4()), "X-Request-ID": "one"}
    )

    assert 201 == answer.status_code


EAST_ALONE = {"scope": "things:write things:read", "rights": "1:EAST"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (EAST_ALONE, (200, None)),
        ({**EAST_ALONE, "rights": "2:*"}, (403, "right-missing")),
        ({**EAST_ALONE, "rights": ""}, (403, "right-missing")),
        ({**EAST_ALONE, "rights": "1:*@1"}, (403, "right-missing")),
    ],
)
async def test_a_scope_is_not_enough_without_the_right(
    http: httpx.AsyncClient, claims: dict[str, str], expected: tuple[int, str | None]
) -> None:
    answer = await http.get("/v1/people", headers={"Authorization": f"Bearer {a_token(KEY, **claims)}"})

    assert expected == (answer.status_code, answer.json().get("code"))
    if not answer.is_success:
        check_problem(answer)
        assert ("change", None) == (answer.json()["right"], answer.json()["branch"])


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["keeper"], "right-missing"),
        (["keeper", "member"], "right-missing"),
        (["member"], "forbidden"),
        (["admin"], "forbidden"),  # who holds every right uses an app that asked for less
        ([], "forbidden"),
    ],
)
async def test_staff_whose_rights_bring_no_scope_are_told_of_the_right(
    http: httpx.AsyncClient, roles: list[str], expected: str
) -> None:
    token = a_token(KEY, roles=roles, scope="things:read", rights="")

    answer = await http.get("/v1/people", headers={"Authorization": f"Bearer {token}"})

    check_problem(answer)
    assert (403, expected) == (answer.status_code, answer.json()["code"])
    assert ("change" if expected == "right-missing" else None) == answer.json().get("right")


async def test_who_lacks_the_right_sees_own_things_only(http: httpx.AsyncClient) -> None:
    claims = {"scope": "things:read self", "member_id": ADA, "rights": "1:*"}

    answer = await http.get("/v1/whose", headers={"Authorization": f"Bearer {a_token(KEY, **claims)}"})

    assert {"only_of": ADA} == answer.json()


@pytest.mark.parametrize(("rights", "status"), [("1:EAST", 200), ("1:WEST", 403), ("1:*", 200)])
async def test_the_branch_of_the_address_is_asked_for_at_the_gate(rights: str, status: int) -> None:
    row = RightTo(CHANGE, at=Place("in the branch of the address", in_path="thing_id"))
    token = a_token(KEY, scope="things:write", rights=rights)

    async with caller_of(sample_app(access={**ACCESS, "get_thing": row})) as http:
        answer = await http.get("/v1/things/east", headers={"Authorization": f"Bearer {token}"})

    assert (403 == status) == (answer.status_code == 403)


def test_a_row_may_ask_for_every_one_of_its_rights() -> None:
    mend, burn = (Right(name, bit, ("things:write",), by_branch=False) for bit, name in enumerate(("mend", "burn")))
    row = AllRightsTo(mend, burn)
    of_one, of_both = (
        Principal("somebody", "library", frozenset({"things:write"}), held=Held(((bits, None, None),)))
        for bits in (0b01, 0b11)
    )

    row.admit(of_both, {})
    with pytest.raises(RightMissing, match="the right burn"):
        row.admit(of_one, {})
    assert [False, True] == [row.is_for_all(one) for one in (of_one, of_both)]
    assert "`mend` and `burn`" in row.note
