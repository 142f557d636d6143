from dataclasses import replace
from datetime import timedelta

import pytest

from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import Requirement
from tests.members.api.browser import exchange, open_page, sent_back
from tests.members.api.conftest import Service
from tests.members.api.identity.oauth.test_tokens import claims_of
from tests.members.api.identity.oauth.town import ADDRESS, TOWN, Town
from tests.members.api.identity.recovering import choose, recover
from tests.members.api.notices.sending import switch
from tests.members.provider import query_of


@pytest.fixture
async def town(service: Service) -> Town:
    return await Town.open(service)


async def test_the_page_leads_to_the_provider_with_pkce_state_and_nonce(town: Town) -> None:
    page = await open_page(town.service)
    begun = await town.set_out()

    assert "Sign in by Town hall" in page.text
    assert "providers/town/begin?" in page.text
    asked = query_of(begun.headers["location"])
    assert ("S256", "code", "openid email profile") == (
        asked["code_challenge_method"],
        asked["response_type"],
        asked["scope"],
    )
    assert 43 == len(asked["state"]) == len(asked["nonce"])


async def test_a_verified_address_of_the_providers_own_domain_joins_the_account_and_ends_its_password(
    town: Town,
) -> None:
    account_id = await town.staff()

    tokens = await exchange(town.service, sent_back(await town.come_back())["code"])

    assert 200 == tokens.status_code
    assert "books:write" in tokens.json()["scope"]
    assert not (await town.account(account_id))["activated"]
    assert 400 == (await town.service.sign_in("grace@town.example")).status_code


async def test_staff_are_told_once_that_their_account_was_used_from_a_new_place(town: Town) -> None:
    await town.staff()
    await switch(town.service, "shadow")

    await town.come_back()
    await town.come_back()

    told = (await town.service.get("/v1/notices?state=pending")).json()["items"]
    assert 1 == [one["kind"] for one in told].count("signed_in")


async def test_who_was_joined_is_known_by_the_subject_whatever_the_address_becomes(town: Town) -> None:
    await town.staff()
    await town.come_back()
    town.hall.people["grace"] = {"email": "grace.hopper@elsewhere.example", "email_verified": False}

    assert "code" in sent_back(await town.come_back())


@pytest.mark.parametrize(
    "verified",
    [{"email_verified": False}, {"email_verified": None}, {"email_verified": "yes"}, {"email_verified": 1.5}],
)
async def test_an_address_that_is_not_verified_joins_nothing(town: Town, verified: dict[str, object]) -> None:
    account_id = await town.staff()
    town.hall.claims = lambda claims: claims | verified

    page = await town.come_back()

    assert "nobody here is known by it yet" in page.text
    assert (await town.account(account_id))["activated"]


async def test_an_address_of_another_domain_joins_nothing(town: Town) -> None:
    account_id = await town.staff("grace@library.example")
    town.hall.people["grace"] = {"email": "grace@library.example", "email_verified": True}

    page = await town.come_back()

    assert "nobody here is known by it yet" in page.text
    assert (await town.account(account_id))["activated"]


async def test_an_address_given_anew_to_somebody_else_opens_nobodys_account(town: Town) -> None:
    await town.staff()
    await town.come_back()
    town.hall.people["new grace"] = town.hall.people["grace"]

    page = await town.come_back("new grace")

    assert "nobody here is known by it yet" in page.text


async def test_the_last_administrator_with_a_second_factor_here_stays(town: Town) -> None:
    account_id = await town.staff("grace@town.example", Role.ADMIN)

    page = await town.come_back()

    assert 400 == page.status_code
    assert "This is the last administrator with a password" in page.text
    assert (await town.account(account_id))["activated"]


async def test_the_desk_resets_no_password_of_who_signs_in_elsewhere(town: Town) -> None:
    account_id = await town.staff()
    await town.come_back()

    refused = await town.service.request("POST", f"/v1/accounts/{account_id}/password-reset")

    assert (409, "signs-in-by-provider") == (refused.status_code, refused.json()["code"])


async def test_no_recovery_brings_a_password_back(town: Town) -> None:
    await town.change(audience="readers")
    member = await town.service.a_member_who_can_sign_in(email="grace@town.example", card_number="7654321")
    await town.come_back()
    offered = await recover(town.service, member["card_number"], "grace@town.example")

    refused = await choose(town.service, offered.json()["recovery_token"])

    assert (422, "no-password-to-recover") == (refused.status_code, refused.json()["code"])


async def test_groups_give_roles_and_take_them_away_at_the_next_sign_in(town: Town) -> None:
    account_id = await town.staff()
    await town.change(groups={"desk": [{"role": "librarian"}], "clerks": [{"role": "admin"}]})
    town.hall.people["grace"] |= {"groups": ["desk", "bowling"]}
    await town.come_back()
    before = (await town.account(account_id))["roles"]
    town.hall.people["grace"] |= {"groups": []}

    page = await town.come_back()

    assert ["librarian"] == before
    assert 400 == page.status_code
    assert "not meant for this account" in page.text


async def test_a_group_gives_a_role_in_its_branches_alone(town: Town) -> None:
    account_id = await town.staff()
    await town.change(groups={"desk": [{"role": "desk", "branches": ["MAIN"]}]})
    town.hall.people["grace"] |= {"groups": ["desk"]}
    await town.come_back()

    grants = await town.service.get(f"/v1/accounts/{account_id}/grants")

    assert [("desk", ["MAIN"])] == [(each["role"], each["branches"]) for each in grants.json()["items"]]


async def test_staff_in_a_group_get_an_account_when_they_come(town: Town) -> None:
    await town.change(groups={"desk": [{"role": "librarian"}]})
    town.hall.people["grace"] |= {"groups": ["desk"]}

    tokens = await exchange(town.service, sent_back(await town.come_back())["code"])

    assert "loans:write" in tokens.json()["scope"]


async def test_readers_who_come_become_members(town: Town) -> None:
    await town.change(audience="readers", enrol={"category": "adult", "branch": "MAIN"})

    tokens = await exchange(town.service, sent_back(await town.come_back())["code"])
    me = await town.service.get("/v1/members/me", token=tokens.json()["access_token"])

    assert ("Grace Hopper", "grace@town.example", "MAIN") == (
        me.json()["name"],
        me.json()["email"],
        me.json()["home_branch"],
    )


async def test_a_provider_for_readers_signs_no_staff_in(town: Town) -> None:
    await town.change(audience="readers")
    account_id = await town.staff()

    page = await town.come_back()

    assert "nobody here is known by it yet" in page.text
    assert (await town.account(account_id))["activated"]


async def test_a_dry_sign_in_shows_the_claims_and_signs_nobody_in(town: Town) -> None:
    account_id = await town.staff()
    await town.change(enabled=False, groups={"desk": [{"role": "librarian"}]})
    town.hall.people["grace"] |= {"groups": ["desk"]}
    begun = await town.service.request("POST", f"{ADDRESS}/try")

    page = await town.service.http.get(town.hall.sign_in(begun.json()["authorize_url"], "grace"))

    assert 200 == page.status_code, page.text
    assert "would be joined to the account with the same, verified e-mail address" in page.text
    assert "grace@town.example" in page.text
    assert "librarian" in page.text
    assert "location" not in page.headers
    assert (await town.account(account_id))["activated"]


async def test_a_removed_provider_leaves_accounts_that_need_a_reset(town: Town) -> None:
    account_id = await town.staff()
    await town.come_back()

    removed = await town.service.request("DELETE", ADDRESS)
    reset = await town.service.request("POST", f"/v1/accounts/{account_id}/password-reset")

    assert 204 == removed.status_code
    assert 201 == reset.status_code
    assert "not offered any more" in (await town.set_out()).text


async def test_its_secret_is_never_shown_and_stays_when_it_is_left_out(town: Town) -> None:
    shown = await town.service.get(ADDRESS)
    without = {name: value for name, value in TOWN.items() if name != "client_secret"}

    changed = await town.service.request("PUT", ADDRESS, without, If_Match=shown.headers["etag"])
    await town.staff()

    assert "client_secret" not in shown.json()
    assert 200 == changed.status_code
    assert "code" in sent_back(await town.come_back())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "http://town.example"}, "invalid-issuer"),
        ({"issuer": "https://127.0.0.1"}, "invalid-issuer"),
        ({"issuer": "https://[::1]"}, "invalid-issuer"),
        ({"issuer": "https://metadata.internal"}, "invalid-issuer"),
        ({"issuer": "https://localhost"}, "invalid-issuer"),
        ({"issuer": "https://a:b@town.example"}, "invalid-issuer"),
        ({"client_secret": None}, "client-secret-missing"),
    ],
)
async def test_a_provider_that_cannot_be_is_refused(service: Service, changes: dict[str, object], code: str) -> None:
    answer = await service.request("PUT", ADDRESS, TOWN | changes)

    assert (422, code) == (answer.status_code, answer.json()["code"])


async def test_a_journey_lasts_ten_minutes(town: Town) -> None:
    await town.staff()
    back = town.hall.sign_in((await town.set_out()).headers["location"], "grace")
    town.service.clock.pass_by(timedelta(minutes=10))

    page = await town.service.http.get(back)

    assert 400 == page.status_code
    assert "took more than ten minutes" in page.text


async def test_a_staff_account_that_needs_a_second_factor_needs_it_there(town: Town) -> None:
    second_factor = replace(town.service.identity.ports.second_factor, requirement=Requirement.STAFF)
    town.service.rebind(second_factor=second_factor)
    account_id = await town.staff()

    page = await town.come_back()
    before = await town.account(account_id)
    town.hall.people["grace"] |= {"amr": ["pwd", "mfa"]}
    issued = await exchange(town.service, sent_back(await town.come_back())["code"])

    assert "did not show one" in page.text
    assert before["activated"], "who was not let in is not joined, and the password is as it was"
    assert ["mfa"] == claims_of(issued.json()["access_token"])["amr"]


async def test_whose_groups_bring_nothing_is_not_joined_and_keeps_the_password(town: Town) -> None:
    await town.change(groups={"library-desk": [{"role": "desk", "branches": None}]})
    account_id = await town.staff()

    page = await town.come_back()

    assert 400 == page.status_code
    assert (await town.account(account_id))["activated"]
    assert 200 == (await town.service.sign_in("grace@town.example")).status_code
