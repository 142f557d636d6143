from datetime import timedelta

import pytest

from members_service.domain.identity.authorization_code import CODE_LASTS, AuthorizationCode, Challenge, CodeNotValid
from shared.kernel.ids import new_id
from tests.members.desk import BACK, CHALLENGE, VERIFIER
from tests.members.makers import NOW


def a_code() -> AuthorizationCode:
    return AuthorizationCode(
        digest=b"digest",
        account_id=new_id(),
        client_id="swagger",
        redirect_uri=BACK,
        challenge=Challenge(CHALLENGE),
        requested=None,
        now=NOW,
    )


def exchange(
    code: AuthorizationCode,
    *,
    client_id: str = "swagger",
    redirect_uri: str = BACK,
    verifier: str = VERIFIER,
    later: timedelta = timedelta(),
) -> None:
    code.exchange(new_id(), client_id=client_id, redirect_uri=redirect_uri, verifier=verifier, now=NOW + later)


def test_a_code_is_exchanged_by_the_software_that_asked_for_it() -> None:
    code = a_code()

    exchange(code, later=CODE_LASTS - timedelta(seconds=1))

    assert code.session_id is not None


def test_a_code_works_once() -> None:
    code = a_code()
    exchange(code)

    with pytest.raises(CodeNotValid):
        exchange(code)


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "library"}, {"redirect_uri": f"{BACK}/"}, {"redirect_uri": BACK.upper()}, {"later": CODE_LASTS},
     {"verifier": VERIFIER[:-1]}, {"verifier": ""}, {"verifier": CHALLENGE}, {"verifier": VERIFIER.upper()},
     {"verifier": f"{VERIFIER}é"}, {"verifier": "x" * 42}, {"verifier": "x" * 129}],
    ids=repr,
)  # fmt: skip
def test_a_code_is_for_nobody_else(wrong: dict[str, object]) -> None:
    code = a_code()

    with pytest.raises(CodeNotValid):
        exchange(code, **wrong)  # type: ignore[arg-type] # each is of its own type

    assert code.session_id is None


def test_the_example_of_the_standard_is_met() -> None:
    challenge = Challenge.parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")

    assert challenge is not None
    assert challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


@pytest.mark.parametrize("text", ["", "x" * 42, "x" * 44, "=" * 43, f"{'x' * 42}=", f"{'x' * 42}\n", "é" * 43])
def test_what_cannot_be_a_digest_is_no_challenge(text: str) -> None:
    assert Challenge.parse(text) is None
