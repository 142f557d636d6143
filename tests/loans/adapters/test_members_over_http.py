"""What members is asked, and how its answers are taken."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import (
    ActedBy,
    CardReplaced,
    CardStopped,
    GuardianNotFound,
    MemberNotFound,
    StandingNote,
)
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import STANDING, Neighbour, found, members, problem
from tests.loans.makers import ADA, EMMA


async def test_members_reasons_are_taken_by_what_they_stop(neighbour: Neighbour, client: NeighbourClient) -> None:
    told = {
        **STANDING,
        "may_borrow": False,
        "may_renew": False,
        "may_hold": False,
        "refusals": [
            {"code": "member-suspended", "detail": "Until May.", "actions": ["borrow", "renew"], "until": "2026-05-01"},
            {"code": "member-blocked", "detail": "No holds.", "actions": ["hold"]},
            {"code": "member-on-the-moon", "detail": "A reason of tomorrow.", "actions": ["borrow"]},
        ],
    }
    neighbour.body = found(told)

    standing = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert (ADA, date(2027, 1, 1)) == (standing.member_id, standing.membership_ends)
    assert ["member-suspended", "member-not-in-good-standing"] == [refusal.code for refusal in standing.refusals]
    assert {"until": "2026-05-01"} == standing.refusals[0].figures
    assert ["member-suspended"] == [refusal.code for refusal in standing.against_renewal]
    assert ["member-blocked"] == [refusal.code for refusal in standing.against_hold]


async def test_what_is_refused_in_a_branch_or_only_for_what_is_ready_is_taken_as_such(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    told = [
        {"code": "member-blocked", "detail": "Not in EAST.", "actions": ["borrow"], "branch": "EAST"},
        {"code": "member-blocked", "detail": "Fetch nothing.", "actions": ["collect"]},
        {"code": "membership-expired", "detail": "It ended.", "actions": ["borrow", "renew", "hold", "collect"]},
    ]
    neighbour.body = found({**STANDING, "refusals": told})

    standing = await members(client).standing(MemberKey(card_number="20000000000018"))
    east, west = standing.in_branch("east"), standing.in_branch("WEST")

    assert [["Not in EAST.", "It ended."], ["It ended."]] == [
        [str(one) for one in each.refusals] for each in (east, west)
    ]
    assert ["Fetch nothing."] == [str(one) for one in west.against_collecting]


async def test_age_and_home_branch_come_with_the_standing_unless_members_is_the_version_before(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = found({**STANDING, "home_branch": "EAST", "age": 17})
    now = await members(client).standing(MemberKey(card_number="20000000000018"))
    neighbour.body = found(STANDING)
    before = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert ("EAST", 17) == (now.home_branch, now.age)
    assert (None, None) == (before.home_branch, before.age)


async def test_notes_come_with_the_standing_unless_members_is_the_version_before(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    notes = [{"text": "Owes a bookcase.", "branch": "MAIN", "until": "2026-06-30"}, {"text": "Knock.", "branch": None}]
    neighbour.body = found({**STANDING, "notes": notes})
    now = await members(client).standing(MemberKey(card_number="20000000000018"))
    neighbour.body = found(STANDING)
    before = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert (StandingNote("Owes a bookcase.", "MAIN"), StandingNote("Knock.")) == now.notes
    assert () == before.notes


async def test_a_member_who_may_not_is_refused_even_without_a_reason(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = found({**STANDING, "may_renew": False, "may_hold": False})

    standing = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert () == standing.refusals
    for refusals in (standing.against_renewal, standing.against_hold):
        assert ["member-not-in-good-standing"] == [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("member-not-found", MemberNotFound),
        ("card-replaced", CardReplaced),
        ("card-stopped", CardStopped),
        ("maintenance", NeighbourUnavailable),
    ],
)
async def test_only_the_code_of_a_member_who_is_not_there_means_so(
    neighbour: Neighbour, client: NeighbourClient, code: str, refusal: type[Exception]
) -> None:
    neighbour.body = problem(code)

    with pytest.raises(refusal):
        await members(client).standing(MemberKey(card_number="x"))


@pytest.mark.parametrize(
    "ask",
    [lambda members: members.may_see(ADA, member_id=EMMA), lambda members: members.categories()],
    ids=["guardians", "categories"],
)
async def test_a_token_that_members_rejects_is_fetched_anew(
    neighbour: Neighbour, client: NeighbourClient, ask: Callable[[MembersOverHttp], Awaitable[object]]
) -> None:
    directory = members(client)
    neighbour.status = 401
    with pytest.raises(NeighbourUnavailable):
        await ask(directory)

    neighbour.status, neighbour.body = 200, {"may": ["see"], "items": []}
    await ask(directory)

    assert ["Bearer token-1", "Bearer token-2"] == [request.headers["Authorization"] for request in neighbour.asked]


async def test_who_acts_for_somebody_is_asked_about_with_the_same_question(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    guardian = new_id()
    neighbour.body = found({**STANDING, "acted_by": {"member_id": str(guardian), "may": ["hold", "see"]}})

    standing = await members(client).standing(MemberKey(card_number="DAN", acting_for=ADA))

    assert ActedBy(guardian, frozenset({"hold", "see"})) == standing.acted_by
    assert "may-not-act-for" in [refusal.code for refusal in standing.against_renewal]
    assert "may-not-act-for" not in [refusal.code for refusal in standing.against_hold]


async def test_a_release_of_members_that_knows_of_nobody_who_acts_lets_nobody_act(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = found(STANDING)

    with pytest.raises(GuardianNotFound):
        await members(client).standing(MemberKey(card_number="DAN", acting_for=ADA))
