"""Makers of valid members and accounts; a test changes only the fact that matters to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from members_service.application.membership.enrol_member import Enrol
from members_service.domain.email import Email
from members_service.domain.identity.account import Account, Activation
from members_service.domain.identity.passkey import Passkey
from members_service.domain.identity.password import PasswordRules
from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import Session
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.membership import Categories, CategoryTerms
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.membership.standing import Action, ActionBlock, Block, Membership, Suspension
from members_service.domain.one_time_token import digest
from shared.kernel.ids import new_id

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday morning."""

TODAY = date(2026, 3, 2)
YESTERDAY = date(2026, 3, 1)
TOMORROW = date(2026, 3, 3)
UTC_ZONE = ZoneInfo("UTC")

_MONTHS = {"senior": 24, "staff": 36}
CATEGORIES = Categories(
    tuple(
        CategoryTerms(one, one.title(), _MONTHS.get(one, 12), oldest=17 if one == "child" else None)
        for one in ("adult", "child", "student", "senior", "staff")
    )
)

ADA = UUID("01900000-0000-7000-8000-00000000ada0")
PASSWORD = "seven-quiet-otters-read"
COMMON = PasswordRules(frozenset({"password1234", "password", "administrator"}))


def a_membership(
    *,
    expires_on: date = date(2027, 3, 2),
    suspension: Suspension | None = None,
    blocks: tuple[ActionBlock, ...] = (),
    leaving: bool = False,
) -> Membership:
    return Membership(ADA, "adult", expires_on, suspension, blocks, leaving)


def a_member(
    *,
    id: UUID | None = None,
    card: str = "20000000000018",
    email: str | None = "ada@library.example",
    name: str = "Ada Lovelace",
    category: str = "adult",
    expires_on: date = date(2027, 3, 2),
    details: PersonalDetails | None = None,
    **more: Any,
) -> Member:
    record = MemberRecord(
        name=name,
        category=category,
        expires_on=expires_on,
        email=None if email is None else Email.parse(email),
        details=details or PersonalDetails(),
        external_id=more.pop("external_id", None),
    )
    return Member(id=id or new_id(), record=record, card=CardNumber.parse(card), now=NOW, **more)


def a_block(*, action: Action = Action.BORROW, until: date | None = None) -> Block:
    return Block(id=new_id(), effect=ActionBlock(action, until), reason="A book came back wet.", placed_at=NOW)


def an_account(
    *,
    email: str = "ada@library.example",
    roles: frozenset[str] = frozenset({Role.MEMBER}),
    member_id: UUID | None = None,
    password_hash: str = f"hash of {PASSWORD}",
) -> Account:
    return Account(
        id=new_id(),
        email=Email.parse(email),
        roles=roles,
        member_id=member_id,
        password_hash=password_hash,
        now=NOW,
    )


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Return what somebody with these roles, as they are shipped, can ask for."""
    roles = frozenset(roles)
    return an_account(roles=roles).scopes(NOW) if roles else frozenset()


def an_admin(email: str = "admin@library.example") -> Account:
    return an_account(email=email, roles=frozenset({Role.ADMIN}))


def an_account_to_activate(
    token: str, *, member_id: UUID = ADA, email: str = "ada@library.example", from_desk: bool = True
) -> Account:
    activation = Activation.begin(digest(token), from_desk=from_desk, now=NOW)
    return Account.for_member(
        id=new_id(), email=Email.parse(email), member_id=member_id, activation=activation, now=NOW
    )


def a_session(*, account_id: UUID | None = None, client_id: str = "library", secret: str = "first") -> Session:
    return Session(
        id=new_id(),
        sid=f"sid of {new_id()}"[:43],
        account_id=account_id or new_id(),
        client_id=client_id,
        requested=None,
        digest=digest(secret),
        now=NOW,
    )


def a_passkey(**changes: Any) -> Passkey:
    passkey = Passkey(
        id=new_id(),
        account_id=new_id(),
        credential_id=b"id",
        public_key=b"key",
        name="My phone",
        counter=4,
        verified=True,
        backed_up=True,
        from_desk=False,
        created_at=NOW,
        last_used_at=NOW,
    )
    return replace(passkey, **changes)


def a_second_factor(account_id: UUID, *, secret: str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP") -> SecondFactor:
    factor = SecondFactor(account_id=account_id, secret=secret, now=NOW)
    factor.keep_recovery_codes(["7qj2-ufty-3kwm-a6zn-pxb4-vh5d"])
    return factor


def an_enrolment(
    *,
    name: str | None = "Ada Lovelace",
    email: str | None = "ada@library.example",
    card_number: str | None = None,
    category: str = "adult",
    **more: Any,
) -> Enrol:
    return Enrol(name, email, category, card_number, **more)
