"""Authorization codes over HTTP: what software and attackers get for them."""

from typing import Any

import pytest

from members_service.domain.identity.roles import Role
from tests.answers import error_of
from tests.members.api.browser import ASKED, BACK, PAGE, a_code, exchange, fill_in, form_in, open_page, sent_back
from tests.members.api.conftest import LOANS_SECRET, Service
from tests.members.desk import CHALLENGE, VERIFIER
from tests.members.domain.identity.test_client import OPEN_REDIRECTS


async def test_a_person_signs_in_on_the_page_and_the_software_gets_the_tokens(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    told = sent_back(await fill_in(service, await open_page(service)))
    answer = await exchange(service, told["code"])

    assert {"code", "state", "iss"} == set(told)
    assert ("a state & more", "library") == (told["state"], told["iss"])
    issued = answer.json()
    assert {"access_token", "token_type", "expires_in", "refresh_token", "scope"} == set(issued)
    assert 200 == (await service.get("/v1/members", token=issued["access_token"])).status_code
    again = await service.ask_for_token(
        grant_type="refresh_token", refresh_token=issued["refresh_token"], client_id="swagger"
    )
    assert 200 == again.status_code


async def test_a_code_works_once_and_its_second_use_ends_the_session(service_on_either: Service) -> None:
    service = service_on_either
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    code = await a_code(service)
    first = await exchange(service, code)

    second = await exchange(service, code)

    assert (400, "invalid_grant") == error_of(second)
    refresh_token = first.json()["refresh_token"]
    again = await service.ask_for_token(grant_type="refresh_token", refresh_token=refresh_token, client_id="swagger")
    assert (400, "invalid_grant") == error_of(again)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"code_verifier": VERIFIER + "x"}, "invalid_grant"), ({"code_verifier": CHALLENGE}, "invalid_grant"),
     ({"code_verifier": ""}, "invalid_request"), ({"redirect_uri": ""}, "invalid_request"),
     ({"redirect_uri": BACK + "/"}, "invalid_grant"), ({"client_id": "library"}, "invalid_grant"),
     ({"client_id": ""}, "invalid_grant"), ({"code": "x" * 43}, "invalid_grant"), ({"code": ""}, "invalid_request")],
    ids=repr,
)  # fmt: skip
async def test_a_stolen_code_is_worth_nothing(grace: Service, changes: dict[str, str], error: str) -> None:
    code = await a_code(grace)

    answer = await exchange(grace, **({"code": code} | changes))

    assert (400, error) == error_of(answer)
    assert 200 == (await exchange(grace, code)).status_code


async def test_a_service_cannot_exchange_a_persons_code(grace: Service) -> None:
    loans = {"client_id": "loans", "client_secret": LOANS_SECRET}

    assert (400, "unauthorized_client") == error_of(await exchange(grace, await a_code(grace), **loans))


async def test_codes_of_two_windows_do_not_get_mixed_up(grace: Service) -> None:
    first, second = await open_page(grace, state="first"), await open_page(grace, state="second")

    told_second = sent_back(await fill_in(grace, second))
    told_first = sent_back(await fill_in(grace, first))

    assert ("first", "second") == (told_first["state"], told_second["state"])
    for told in (told_first, told_second):
        assert 200 == (await exchange(grace, told["code"])).status_code


@pytest.mark.parametrize("redirect_uri", [*OPEN_REDIRECTS, None, "http://members.test/docs/oauth2-redirect/"])
async def test_nobody_is_sent_to_an_address_that_is_not_registered(service: Service, redirect_uri: str | None) -> None:
    asked = await open_page(service, redirect_uri=redirect_uri)
    fine = form_in(await open_page(service))
    filled_in = await service.http.post(PAGE, data=fine | {"redirect_uri": redirect_uri or ""})

    for page in (asked, filled_in):
        assert 400 == page.status_code
        assert "location" not in page.headers
        assert "<form" not in page.text
        assert "text/html; charset=utf-8" == page.headers["content-type"]


@pytest.mark.parametrize("client_id", [None, "", "nobody", "loans", "library", "Swagger"])
async def test_software_that_is_not_known_gets_nobody(service: Service, client_id: str | None) -> None:
    page = await open_page(service, client_id=client_id)

    assert (400, False) == (page.status_code, "location" in page.headers)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
     ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "x"}, "invalid_request"),
     ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request")],
    ids=repr,
)  # fmt: skip
async def test_what_is_asked_badly_is_told_to_the_software(service: Service, changes: Any, error: str) -> None:
    told = sent_back(await open_page(service, **changes))
    fields = form_in(await open_page(service))
    bent = {name: value for name, value in (fields | changes).items() if value is not None}

    assert (error, ASKED["state"], "library") == (told["error"], told["state"], told["iss"])
    assert told["error_description"]
    assert error == sent_back(await service.http.post(PAGE, data=bent))["error"]


async def test_without_a_state_none_comes_back(service: Service) -> None:
    assert "state" not in sent_back(await open_page(service, state=None, response_type="token"))


async def test_a_parameter_given_twice_leads_nowhere(service: Service) -> None:
    for name, value in ASKED.items():
        page = await service.http.get(PAGE, params=[*ASKED.items(), (name, value)])

        assert (400, False) == (page.status_code, "location" in page.headers)


async def test_who_may_do_nothing_of_it_is_told_so_by_the_software(grace: Service) -> None:
    told = sent_back(await fill_in(grace, await open_page(grace, scope="admin")))

    assert "invalid_scope" == told["error"]


async def test_less_can_be_wished_for(grace: Service) -> None:
    answer = await exchange(grace, await a_code(grace, scope="loans:read self"))

    assert "loans:read" == answer.json()["scope"]


async def test_who_changes_their_mind_goes_back_without_a_code(grace: Service) -> None:
    told = sent_back(await fill_in(grace, await open_page(grace), "", "", action="cancel"))

    assert "access_denied" == told["error"]
