"""The figures that SECURITY.md promises are those of the code."""

import re
from datetime import timedelta
from inspect import signature

from loans_service.sip2 import tries as sip2_tries
from members_service.domain import audit, owner_check
from members_service.domain.identity import (
    account,
    attempts,
    authorization_code,
    passkey,
    second_factor,
    session,
    sign_in_step,
)
from shared.configuration import ServiceSettings
from shared.outgoing_http import NeighbourClient
from shared.web.edge.admission.write_budget import WriteBudget
from tests.architecture.checkout import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


def times_in(text: str) -> list[timedelta]:
    """Return each time that `text` names; a bare `minute` is one."""
    text = text.replace("one minute", "1 minute")
    found = re.findall(r"(?:(\d+) )?\b(second|minute|hour|day)s?\b", text)
    return [timedelta(seconds=int(number or 1) * UNITS[unit]) for number, unit in found]


def table_under(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    part = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_a_guesser_has_as_many_tries_as_are_told() -> None:
    told = [
        attempts.Limit(int(tries), *times_in(every)) for _, _, tries, every in table_under("How guessing is stopped")
    ]

    assert [
        attempts.STRANGERS,
        attempts.FAMILIAR_NETWORK,
        attempts.FAMILIAR_DEVICE,
        attempts.NETWORK,
        attempts.CLIENT_SECRETS,
        attempts.ONE_TIME_TOKENS,
        attempts.EMAIL_CHANGES,
        attempts.PINS,
        attempts.PINS,
        attempts.WRONG_PINS_OF_END_USER,
        attempts.WRONG_PINS_AT_CLIENT,
        attempts.RECOVERIES,
        attempts.APPLICATIONS_WITH_ADDRESS,
        attempts.APPLICATIONS,
        attempts.APPLICATIONS_OF_CLIENT,
        attempts.Limit(sip2_tries.TRIES_OF_AN_ADDRESS, timedelta(seconds=sip2_tries._REFILLS_EVERY)),
        attempts.Limit(sip2_tries.TRIES_OF_A_LOGIN, timedelta(seconds=sip2_tries._REFILLS_EVERY)),
    ] == told
    assert f"within {attempts.FAMILIAR_FOR.days} days" in TEXT
    assert f"After {second_factor.MOST_WRONG_CODES} wrong codes" in TEXT
    assert f"Of more than {session.MOST_SESSIONS} sessions" in TEXT
    free = signature(WriteBudget).parameters["free"].default
    assert f"changes something {free} times at once" in TEXT


def test_sessions_and_tokens_last_as_long_as_is_told() -> None:
    assert [
        [session.ACCESS_TOKEN_LASTS],
        [session.IDLE_FOR_AT_MOST],
        [session.SESSION_LASTS],
        [session.SIGN_IN_LASTS],
        [session.GRACE],
        [authorization_code.CODE_LASTS],
        [sign_in_step.STEP_LASTS],
        [passkey.CEREMONY_LASTS],
        [owner_check.FRESH_FOR],
        [account.ACTIVATION_LASTS, account.RESET_LASTS],
    ] == [times_in(lasts) for _, lasts in table_under("Sessions")]


def test_what_is_withdrawn_counts_nowhere_within_twenty_seconds_even_by_a_slow_answer() -> None:
    every = ServiceSettings.model_fields["auth_revocations_every"].default
    longest_answer = signature(NeighbourClient).parameters["timeout"].default

    assert every + longest_answer < 20


def test_what_is_set_by_default_is_what_is_told() -> None:
    every = ServiceSettings.model_fields["auth_revocations_every"]

    assert f"for up to {every.default} seconds elsewhere" in TEXT
    assert "off" == ServiceSettings.model_fields["auth_password_grant"].default
    assert (
        f"{audit.RETENTION_DAYS // 365} years (`MEMBERS_AUDIT_KEPT_DAYS`, at least {audit.LEAST_RETENTION_DAYS} days)"
        in TEXT
    )
