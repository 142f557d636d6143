"""Rights in tokens: short, and nothing else is read out of them than what was written."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.rights import Held, Right
from shared.tokens import SigningKey, StaticKeys, TokenRejected, TokenVerifier, sign, write_rights
from shared.tokens.held_rights import InvalidRights, read_rights
from tests.shared.hostile_tokens import a_token, good_claims

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEND = Right("lend", 0, ("things:write",))
KEY = SigningKey.generate()


def test_what_was_written_is_read() -> None:
    groups = [(0x1F, None, None), (1, frozenset({"EAST", "WEST"}), NOW)]

    assert "1f:* 1:EAST,WEST@1772366400" == write_rights(groups)
    assert (Held(((0x1F, None, None), (1, frozenset({"EAST", "WEST"}), NOW))), NOW.timestamp()) == read_rights(
        write_rights(groups), now=NOW.timestamp() - 1
    )


def test_a_grant_that_has_ended_is_not_read() -> None:
    claim = write_rights([(1, frozenset({"EAST"}), NOW), (1, frozenset({"WEST"}), None)])

    held, _ = read_rights(claim, now=NOW.timestamp())

    assert Held(((1, frozenset({"WEST"}), None),)) == held


@pytest.mark.parametrize("claim", [1, ["1:*"], "x:*", "1:", "1:east", "1:EAST,", "1:*,EAST", "1", "1:*@", "1:*@-1"])
def test_anything_else_is_no_claim(claim: object) -> None:
    with pytest.raises(InvalidRights):
        read_rights(claim, now=0)


async def test_a_token_with_such_a_claim_is_rejected() -> None:
    verifier = TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library")

    with pytest.raises(TokenRejected):
        await verifier.verify(a_token(KEY, rights="everything"))


async def test_a_grant_ends_on_time_though_the_token_is_known_already() -> None:
    began = datetime.now(UTC)
    now = [began.timestamp()]
    verifier = TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library", clock=lambda: now[0])
    times = {"iat": int(now[0]), "nbf": int(now[0]), "exp": int(now[0]) + 900}
    claim = write_rights([(1, None, began + timedelta(seconds=5))])
    token = sign(KEY, good_claims(**times, rights=claim))

    before = (await verifier.verify(token)).has(LEND)
    now[0] += 6
    after = (await verifier.verify(token)).has(LEND)

    assert (True, False) == (before, after)


async def test_a_token_of_forty_branches_is_under_two_thousand_bytes() -> None:
    each = [(2**44 - 1 - n, frozenset({f"BRANCH-{n:02}"}), NOW + timedelta(days=n)) for n in range(40)]
    claims = good_claims(roles=["circulation-lead", "desk", "librarian"], sid="x" * 22, member_id=str(KEY.kid)[:36])

    alike = len(sign(KEY, claims | {"rights": write_rights([(1, frozenset(f"BRANCH-{n}" for n in range(40)), None)])}))
    worst = len(sign(KEY, claims | {"rights": write_rights((bits, where, None) for bits, where, _ in each)}))

    assert alike < 1_400
    assert worst < 2_000
