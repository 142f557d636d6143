from datetime import timedelta
from string import ascii_letters, digits

import pytest

from members_service.domain.identity.authentication import PASSWORD, PASSWORD_AND_CODE, Authentication
from members_service.domain.identity.client import BROWSER
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.session import (
    GRACE,
    IDLE_FOR_AT_MOST,
    SESSION_LASTS,
    SIGN_IN_LASTS,
    Session,
)
from members_service.domain.one_time_token import digest
from members_service.domain.owner_check import FRESH_FOR
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW, a_session

LATER = GRACE + timedelta(seconds=1)


def first_of(session: Session) -> RefreshToken:
    return RefreshToken(session.id, "first")


def refresh(
    session: Session,
    token: RefreshToken | None,
    *,
    later: timedelta = timedelta(),
    client: str = "library",
    salt: str = "salt",
) -> RefreshToken | None:
    assert token is not None
    return session.refresh(token, client_id=client, salt=salt, now=NOW + later)


def test_each_refresh_token_leads_to_the_next() -> None:
    session = a_session()

    second = refresh(session, first_of(session))
    third = refresh(session, second)

    assert 3 == len({first_of(session), second, third})


def test_a_session_is_fresh_for_five_minutes_after_the_password_and_not_by_refreshing() -> None:
    session = a_session()
    refresh(session, first_of(session), later=timedelta(minutes=4))

    fresh = [session.is_fresh(NOW + later) for later in (FRESH_FOR - timedelta(seconds=1), FRESH_FOR)]

    assert (timedelta(minutes=5), [True, False]) == (FRESH_FOR, fresh)


def test_a_refresh_token_that_comes_back_ends_the_session_for_all() -> None:
    session = a_session()
    second = refresh(session, first_of(session))

    assert refresh(session, first_of(session), later=GRACE) is None
    assert refresh(session, second, later=GRACE) is None
    assert not session.is_on(NOW + GRACE)


def test_the_token_just_used_brings_the_same_successor_again_for_ten_seconds() -> None:
    session = a_session()
    second = refresh(session, first_of(session))
    version, idle_until = session.version, session.idle_until

    again = [
        refresh(session, first_of(session), later=timedelta(seconds=seconds), salt=f"other salt {seconds}")
        for seconds in (0, 5, 9)
    ]

    assert [second] * 3 == again
    assert (version, idle_until) == (session.version, session.idle_until)
    assert refresh(session, second, later=timedelta(seconds=9)) is not None


def test_the_grandparent_of_the_present_token_is_never_taken_again() -> None:
    session = a_session()
    second = refresh(session, first_of(session))
    refresh(session, second)

    assert refresh(session, first_of(session)) is None
    assert not session.is_on(NOW)


def test_a_token_that_was_never_the_present_one_ends_the_session_even_at_once() -> None:
    session = a_session()
    refresh(session, first_of(session))

    assert refresh(session, RefreshToken(session.id, "guessed")) is None
    assert not session.is_on(NOW)


def test_nobody_can_make_the_successor_from_what_is_kept() -> None:
    session = a_session()
    second = refresh(session, first_of(session))

    assert session.salt is not None
    assert session.parent_digest is not None
    made = {
        RefreshToken(session.id, kept).successor(session.salt)
        for kept in (session.digest.hex(), session.parent_digest.hex(), session.salt)
    }
    assert second not in made


@pytest.mark.parametrize("again", [False, True])
def test_another_client_cannot_use_a_refresh_token_and_does_no_harm(again: bool) -> None:
    session = a_session(client_id="swagger")
    if again:
        refresh(session, first_of(session), client="swagger")

    assert refresh(session, first_of(session), client="library") is None
    assert refresh(session, first_of(session), client="swagger") is not None


def test_an_idle_session_ends_by_itself() -> None:
    kept_alive, idle = a_session(), a_session()

    assert refresh(kept_alive, first_of(kept_alive), later=IDLE_FOR_AT_MOST - timedelta(seconds=1)) is not None
    assert refresh(idle, first_of(idle), later=IDLE_FOR_AT_MOST) is None


def test_even_a_busy_session_ends_after_sixty_days() -> None:
    session = a_session()
    token, days = first_of(session), 0

    while (found := refresh(session, token, later=timedelta(days=days))) is not None:
        token, days = found, days + 1

    assert SESSION_LASTS == timedelta(days=days)


def test_a_renamed_session_goes_on() -> None:
    session = a_session()

    session.rename("another")

    assert refresh(session, first_of(session)) is not None


def the_sign_in_of_a_browser(*, second_factor: bool = False) -> Session:
    return Session(
        id=new_id(),
        sid="sid of a browser",
        account_id=new_id(),
        client_id=BROWSER,
        requested=None,
        digest=digest("first"),
        now=NOW,
        authentication=PASSWORD_AND_CODE if second_factor else PASSWORD,
    )


def begun_from(parent: Session, client_id: str, *, later: timedelta = timedelta()) -> Session:
    return Session(
        id=new_id(),
        sid="sid of software",
        account_id=parent.account_id,
        client_id=client_id,
        requested=None,
        digest=digest("first"),
        now=NOW + later,
        parent=parent,
        signed_in_at=parent.started_at,
    )


def test_a_browser_keeps_a_sign_in_for_a_working_day() -> None:
    session = the_sign_in_of_a_browser()

    kept = [session.is_of_browser(first_of(session), NOW + later) for later in (timedelta(hours=11), SIGN_IN_LASTS)]

    assert [True, False] == kept


def test_it_is_kept_by_nobody_who_does_not_know_its_secret_and_no_other_session_is() -> None:
    session, of_software = the_sign_in_of_a_browser(), a_session()

    assert not session.is_of_browser(RefreshToken(session.id, "guessed"), NOW)
    assert not of_software.is_of_browser(first_of(of_software), NOW)


@pytest.mark.parametrize(("client_id", "lasts"), [("swagger", SIGN_IN_LASTS), ("desk", SIGN_IN_LASTS),
                                                  ("an-app", timedelta(hours=1) + SESSION_LASTS)])  # fmt: skip
def test_a_page_of_the_library_s_own_ends_with_the_browser_s_sign_in(client_id: str, lasts: timedelta) -> None:
    session = begun_from(the_sign_in_of_a_browser(), client_id, later=timedelta(hours=1))

    assert NOW + lasts == session.ends_at


def test_a_session_that_begins_from_it_is_as_fresh_as_the_password() -> None:
    late = begun_from(the_sign_in_of_a_browser(), "swagger", later=FRESH_FOR)

    assert not late.is_fresh(NOW + FRESH_FOR)


def test_an_app_of_others_is_never_taken_for_the_owner_who_has_just_signed_in() -> None:
    parent = the_sign_in_of_a_browser()

    fresh = {client_id: begun_from(parent, client_id).is_fresh(NOW) for client_id in ("desk", "swagger", "an-app")}

    assert {"desk": True, "swagger": True, "an-app": False} == fresh


def test_each_use_and_each_further_proof_of_a_session_is_a_new_version() -> None:
    session, version = a_session(), a_session().version

    session.use(NOW + LATER)
    assert (NOW + LATER, NOW, version + 1) == (session.refreshed_at, session.started_at, session.version)
    session.prove_again(NOW, PASSWORD_AND_CODE)
    assert (True, version + 2) == (session.second_factor, session.version)
    session.rename("another")
    assert ("another", version + 3) == (session.sid, session.version)

    refresh(session, first_of(session))
    assert version + 4 == session.version
    for _ in range(2):
        session.end(NOW + LATER)
    assert (NOW + LATER, version + 5) == (session.ended_at, session.version), "it ends once"


def test_a_second_factor_that_was_proved_once_stays_proved() -> None:
    session = the_sign_in_of_a_browser()
    by_passkey = Authentication.of_passkey(verified=True, backed_up=False)

    found = []
    for authentication in (
        Authentication.of_passkey(verified=False, backed_up=True),
        by_passkey,
        PASSWORD,
        PASSWORD_AND_CODE,
    ):
        session.prove_again(NOW, authentication)
        found.append(session.authentication)

    assert [Authentication(("swk", "user")), by_passkey, by_passkey, PASSWORD_AND_CODE] == found


def test_a_session_remembers_who_signed_in_with_what_and_from_where() -> None:
    parent = the_sign_in_of_a_browser()
    begun = Session(
        id=ADA, sid="sid", account_id=(account_id := new_id()), client_id="app", requested=frozenset({"self"}),
        digest=digest("first"), now=NOW, authentication=PASSWORD_AND_CODE, parent=parent, signed_in_at=NOW - LATER,
    )  # fmt: skip

    assert (ADA, "sid", account_id, "app", frozenset({"self"})) == (
        begun.id, begun.sid, begun.account_id, begun.client_id, begun.requested,
    )  # fmt: skip
    assert (digest("first"), True, parent.id, NOW - LATER) == (
        begun.digest, begun.second_factor, begun.parent_id, begun.signed_in_at,
    )  # fmt: skip
    assert (NOW, NOW, NOW + IDLE_FOR_AT_MOST, 1) == (
        begun.started_at, begun.refreshed_at, begun.idle_until, begun.version,
    )  # fmt: skip


def test_a_session_of_its_own_has_no_parent_and_nothing_was_proved_or_exchanged_yet() -> None:
    session = a_session()

    assert [None] * 5 == [
        session.parent_id, session.signed_in_at, session.parent_digest, session.salt, session.ended_at,
    ]  # fmt: skip
    assert not session.second_factor


def test_a_token_was_used_before_only_where_it_belongs_and_while_the_session_goes_on() -> None:
    session = a_session()
    refresh(session, first_of(session))
    later = NOW + GRACE

    def used(client_id: str, *, by: RefreshToken) -> bool:
        return session.was_used_before(by, client_id=client_id, now=later)

    assert (True, False) == (used("library", by=first_of(session)), used("swagger", by=first_of(session)))
    session.end(later)
    assert not used("library", by=first_of(session))


def test_a_successor_is_a_token_of_the_same_session_that_a_url_can_carry() -> None:
    token = RefreshToken(ADA, "\ud800")

    successor = token.successor("salt")

    assert (ADA, 43) == (successor.session_id, len(successor.secret))
    assert set(successor.secret) <= set(ascii_letters + digits + "-_")
    assert token.digest == RefreshToken(ADA, "\ud800").digest != RefreshToken(ADA, "\ud801").digest
