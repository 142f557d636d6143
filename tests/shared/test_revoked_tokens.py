"""Tokens that are void before they expire: learnt from their issuer now and then, and kept while it is silent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.tokens import RevokedSessions, TokenRejected
from tests.clocks import HandClock, SteppingClock
from tests.shared.hostile_tokens import a_token
from tests.shared.publisher import KEY, a_verifier

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Issuer:
    """Tells what it revoked, two to a page, and can be down."""

    def __init__(self) -> None:
        self.revoked: list[tuple[str, datetime]] = []
        self.down = False
        self.questions: list[Mapping[str, str]] = []

    async def page(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        self.questions.append(query)
        if self.down:
            raise ConnectionError
        since = datetime.fromisoformat(query.get("since", "2000-01-01T00:00:00Z"))
        found = [(sid, moment) for sid, moment in self.revoked if moment >= since]
        start = int(query.get("cursor", "0"))
        items = [{"sid": sid, "revoked_at": moment.isoformat()} for sid, moment in found[start : start + 2]]
        return {"items": items, "next_cursor": str(start + 2) if len(found) > start + 2 else None}


async def test_a_token_in_use_is_refused_as_soon_as_its_session_is_known_to_be_revoked() -> None:
    issuer = Issuer()
    revoked = RevokedSessions(issuer.page)
    verifier = a_verifier(revoked=revoked)
    token, other, service = a_token(KEY, sid="one"), a_token(KEY, sid="two"), a_token(KEY)
    kept = [await verifier.verify(each) for each in (token, other, service)]

    issuer.revoked.append(("one", NOON))
    await revoked.update()

    with pytest.raises(TokenRejected):
        await verifier.verify(token)
    assert kept[1] is await verifier.verify(other)
    assert kept[2] is await verifier.verify(service)
    assert ["one", "two", None] == [principal.session for principal in kept]


async def test_a_token_first_seen_after_its_session_was_revoked_is_refused_too() -> None:
    issuer = Issuer()
    issuer.revoked.append(("one", NOON))
    revoked = RevokedSessions(issuer.page)
    await revoked.update()

    with pytest.raises(TokenRejected):
        await a_verifier(revoked=revoked).verify(a_token(KEY, sid="one"))


async def test_all_pages_are_read() -> None:
    issuer = Issuer()
    issuer.revoked = [(f"session-{number}", NOON + timedelta(seconds=number)) for number in range(5)]
    revoked = RevokedSessions(issuer.page)

    await revoked.update()

    assert all(sid in revoked for sid, _ in issuer.revoked)
    assert 3 == len(issuer.questions)


async def test_only_what_is_new_is_asked_for_and_what_was_committed_late_is_not_missed() -> None:
    issuer = Issuer()
    issuer.revoked.append(("early", NOON))
    revoked = RevokedSessions(issuer.page)
    await revoked.update()

    issuer.revoked.append(("late", NOON - timedelta(seconds=50)))
    await revoked.update()

    assert "late" in revoked
    assert "2026-03-02T11:59:00+00:00" == issuer.questions[-1]["since"]


async def test_what_is_known_holds_while_the_issuer_is_down() -> None:
    issuer = Issuer()
    issuer.revoked.append(("one", NOON))
    revoked = RevokedSessions(issuer.page)
    await revoked.update()
    issuer.down = True

    await revoked.update()
    assert "one" in revoked

    issuer.down = False
    issuer.revoked.append(("two", NOON + timedelta(seconds=1)))
    await revoked.update()
    assert "two" in revoked


async def test_what_a_clock_that_ran_ahead_has_revoked_hides_nothing() -> None:
    issuer, clock = Issuer(), SteppingClock(NOON)
    issuer.revoked.append(("ahead", NOON + timedelta(hours=1)))
    revoked = RevokedSessions(issuer.page, wall_clock=clock)
    await revoked.update()

    clock.pass_by(timedelta(minutes=5))
    issuer.revoked.insert(0, ("later", clock.time))
    await revoked.update()

    assert "ahead" in revoked
    assert "later" in revoked


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"items": None}, {"items": [{}]}, {"items": [{"sid": "x"}]}], ids=repr
)
async def test_an_issuer_that_talks_nonsense_counts_as_down(answer: Any) -> None:
    async def nonsense(_: Mapping[str, str]) -> Any:
        return answer

    revoked = RevokedSessions(nonsense)

    await revoked.update()

    assert 0 == revoked.generation


async def test_what_was_revoked_is_forgotten_once_no_token_of_it_can_be_left() -> None:
    issuer, clock = Issuer(), HandClock()
    issuer.revoked.append(("one", NOON))
    revoked = RevokedSessions(issuer.page, clock=clock)
    await revoked.update()

    clock.seconds = RevokedSessions.keep_for
    issuer.revoked = [("two", NOON + timedelta(hours=1))]
    await revoked.update()

    assert "one" not in revoked
    assert "two" in revoked


async def test_nothing_new_costs_the_tokens_in_use_nothing() -> None:
    issuer = Issuer()
    issuer.revoked.append(("one", NOON))
    revoked = RevokedSessions(issuer.page)
    await revoked.update()
    generation = revoked.generation

    await revoked.update()

    assert generation == revoked.generation


@pytest.mark.parametrize("sid", [1, "", "a b", "x" * 256, ["one"], {}])
async def test_a_strange_name_of_a_session_makes_a_token_bad(sid: object) -> None:
    with pytest.raises(TokenRejected):
        await a_verifier(revoked=RevokedSessions(Issuer().page)).verify(a_token(KEY, sid=sid))
