"""An account: what signs in. It has an e-mail address, a password and roles, and may belong to a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, Unpack
from uuid import UUID

from members_service.domain.audit import AuditAction, AuditRecord, Circumstances
from members_service.domain.email import Email
from members_service.domain.identity.grants import (
    UNBOUNDED,
    Bounds,
    Grant,
    GrantsTooLong,
    fit_in_token,
    gains,
    scopes_of,
)
from members_service.domain.identity.identity_provider import BreakGlass, SignsInByProvider
from members_service.domain.identity.roles import MEMBER_ALONE, SHIPPED, Role, RoleDefinition, some_roles
from members_service.domain.identity.second_factor import Requirement
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused

ACTIVATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(days=1)


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account-not-found"
    detail = "There is no account with this id."


class ActivationTokenInvalid(Refused):
    """Unknown, used before, or too old: which of these is nobody's business who does not hold the right one."""

    code = "activation-token-invalid"
    detail = "This activation token is unknown, used or expired. Ask the library for a new one."


class ResetNeedsAdmin(NotAllowed):
    """Whoever resets a password could sign in with it: the desk may not get more rights that way."""

    code = "reset-needs-admin"
    detail = "This account may do more than a member's. Ask an admin to reset its password."


class EmailOfMember(Conflict):
    """A member signs in with the address on record; the two may not part."""

    code = "email-of-member"
    detail = "This is also the e-mail address of the account's member. Change the member's; both change."


class WrongPassword(Refused):
    """Whoever changes a password must know the present one."""

    code = "wrong-password"
    detail = "The current password is not right."


class LastAdmin(Conflict):
    """Without an admin nobody could make one."""

    code = "last-admin"
    detail = (
        "This is the last account that can administer the library. Make another one admin first; it counts as soon as "
        "its owner has chosen a password."
    )


class WrongCredentials(NotAllowed):
    """The sign-in does not say whether it was the e-mail address or the password."""

    code = "invalid_grant"
    detail = "The e-mail address or the password is not right."


@dataclass(frozen=True, slots=True)
class Activation:
    """A one-time permission to choose a password, the first one or a new one, kept as the digest of its token.

    `from_desk`: whoever made the token may not give rights, and so must not gain any by having kept it.
    """

    digest: bytes
    expires_at: datetime
    from_desk: bool

    @classmethod
    def begin(cls, digest: bytes, *, from_desk: bool, now: datetime, lasts: timedelta = ACTIVATION_LASTS) -> Self:
        """Allow the holder of the token to choose a password for some days from now."""
        return cls(digest, now + lasts, from_desk)


class Account:
    """Its methods say what happened; it decides what follows. The attributes are for reading.

    Without a password it cannot sign in until its owner has chosen one by `activation`. Making an account that could do
    nothing raises NoRole.
    `has_passkey`: one that is a second factor by itself.
    `password_from_desk`: the password was chosen with a token from the desk, whoever used it; it is good for a member's
    rights and no others.
    Its roles count in all branches and for good, but for those with `bounds`. `definitions` are the roles of this
    library.
    """

    bounds: Mapping[str, Bounds] = {}
    definitions: Mapping[str, RoleDefinition] = SHIPPED

    def __init__(
        self,
        *,
        id: UUID,
        email: Email,
        roles: frozenset[str],
        member_id: UUID | None,
        password_hash: str | None = None,
        activation: Activation | None = None,
        now: datetime,
    ) -> None:
        self.id = id
        self.email = email
        self.roles = some_roles(roles)
        self.member_id = member_id
        self.password_hash = password_hash
        self.password_from_desk = False
        self.activation = activation
        self.disabled = False
        self.second_factor = False
        self.has_passkey = False
        self.signs_in_elsewhere = False
        self.created_at = now
        self.version = 1

    @classmethod
    def for_member(
        cls, *, id: UUID, email: Email, member_id: UUID, activation: Activation | None, now: datetime
    ) -> Self:
        """Open an account for somebody who joins. It cannot sign in until its owner has chosen a password."""
        roles = frozenset({Role.MEMBER})
        return cls(id=id, email=email, roles=roles, member_id=member_id, activation=activation, now=now)

    def record(self, action: AuditAction, at: datetime, **more: Unpack[Circumstances]) -> AuditRecord:
        """Return the record of something that was done to this account."""
        return AuditRecord(action, at, account_id=self.id, member_id=self.member_id, **more)

    @property
    def is_activated(self) -> bool:
        """Whether its owner has chosen a password."""
        return self.password_hash is not None

    @property
    def administers(self) -> bool:
        """Whether somebody can sign in with this account now, and make other accounts."""
        everywhere = self.bounds.get(Role.ADMIN, UNBOUNDED) == UNBOUNDED
        return Role.ADMIN in self.roles and everywhere and not self.disabled and self.is_activated

    @property
    def is_break_glass(self) -> bool:
        """Whether it administers the library with a password and a second factor here, whatever a provider does."""
        return self.administers and (self.second_factor or self.has_passkey)

    def may_go_on(self, requirement: Requirement, *, proved: bool = False) -> bool:
        """Whether an earlier sign-in is still good: the account is enabled, and has a second factor if it needs one.

        A passkey suffices if that sign-in `proved` a second factor.
        """
        suffices = self.second_factor or self.signs_in_elsewhere or (self.has_passkey and proved)
        return not self.disabled and (suffices or not self.needs_second_factor(requirement))

    def needs_second_factor(self, requirement: Requirement) -> bool:
        """Return whether this library asks for one, because of what the account may do."""
        return requirement.asks([right for grant in self.grants for right in grant.rights])

    def sign_in_elsewhere(self, *, others_administer: bool) -> None:
        """Sign in by an identity provider from now on: there is no password here any more, and no way to choose one.

        Raises BreakGlass when nobody would be left to administer the library without the provider.
        """
        if Role.ADMIN in self.roles and not others_administer:
            raise BreakGlass
        self.signs_in_elsewhere = True
        self.activation = None
        self.password_hash, self.password_from_desk = None, False
        self.version += 1

    def sign_in_here(self) -> None:
        """Sign in with a password again, which a reset lets the owner choose."""
        self.signs_in_elsewhere = False
        self.version += 1

    @property
    def has_password_here(self) -> bool:
        """Whether a password is, or may be, what its owner signs in with here."""
        return not self.disabled and not self.signs_in_elsewhere

    def expect_password(self) -> None:
        """Raise SignsInByProvider where there is no password to be chosen."""
        if self.signs_in_elsewhere:
            raise SignsInByProvider

    def activate(self, token: bytes, *, password_hash: str, now: datetime) -> None:
        """Let the holder of the one-time token choose the password. Raises ActivationTokenInvalid."""
        if self.activation is None or self.activation.digest != token or now >= self.activation.expires_at:
            raise ActivationTokenInvalid
        self.password_from_desk = self.activation.from_desk
        self.activation = None
        self._set_password(password_hash)

    def offer_reset(self, token: bytes, *, from_desk: bool, now: datetime) -> Activation:
        """Let the holder of a new one-time token choose the password; the token before it is void.

        The present password goes on working until then, so that nobody is locked out by a reset that was not wanted.
        That of a disabled account is gone at once: it may be known to others, and must not come back with the account.
        Raises SignsInByProvider.
        """
        self.expect_password()
        lasts = RESET_LASTS if self.is_activated else ACTIVATION_LASTS
        if self.disabled:
            self.password_hash, self.password_from_desk = None, False
        self.activation = Activation.begin(token, from_desk=from_desk, now=now, lasts=lasts)
        self.version += 1
        return self.activation

    def change_password(self, password_hash: str) -> None:
        """Take a new password. A pending activation is over: somebody else might hold its token."""
        self.activation = None
        self._set_password(password_hash)

    def recover(self, password_hash: str) -> None:
        """Take a password that the holder of a mailed token has chosen; whoever sends mails may have kept the token."""
        self.activation = None
        self.password_from_desk = True
        self._set_password(password_hash)

    def move(self, email: Email) -> None:
        """Sign in with another address from now on.

        A pending reset is over: its token may lie in the old mailbox. Who has no password yet was handed one in person.
        """
        self.email = email
        if self.is_activated:
            self.activation = None
        self.version += 1

    def belong_to(self, member_id: UUID) -> None:
        """Be the account of another record of the same person."""
        self.member_id = member_id
        self.version += 1

    def keep_better_hash(self, password_hash: str) -> None:
        """Store the same password under the present, stronger parameters of the hash."""
        self._set_password(password_hash)

    @property
    def does_more(self) -> bool:
        """Whether it has any role but that of members."""
        return self.roles != MEMBER_ALONE

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The roles that it has besides that of members, with what they give now."""
        known = sorted(self.roles & self.definitions.keys())
        return tuple(Grant.of(role, self.definitions[role].rights, self.bounds.get(role, UNBOUNDED)) for role in known)

    def scopes(self, now: datetime) -> frozenset[str]:
        """Return the scopes that its owner can have now."""
        holds = self._holdings()
        return scopes_of(holds.grants, now) | ({"self"} if holds.own else frozenset())

    def change(
        self,
        *,
        roles: frozenset[str] | None,
        disabled: bool | None,
        others_administer: bool,
        bounds: Mapping[str, Bounds] | None = None,
    ) -> frozenset[str]:
        """Give other roles, disable or enable; None leaves a value as it is. Return the rights that it gained.

        A role that it had keeps its `bounds`, unless others are given. Raises NoRole for an empty set of roles,
        TooManyRoles, and LastAdmin when nobody would be left to administer the library.
        """
        before, could = self._state(), self._holdings()
        administered = self.administers
        self.roles = self.roles if roles is None else some_roles(roles)
        named = {**self.bounds, **(bounds or {})}
        named = {role: one for role, one in named.items() if role in self.roles and one != UNBOUNDED}
        if named != self.bounds:
            self.bounds = named
        self.disabled = self.disabled if disabled is None else disabled
        if administered and not self.administers and not others_administer:
            raise LastAdmin
        return self._follow(before, could)

    def redefine(self, definitions: Mapping[str, RoleDefinition]) -> frozenset[str]:
        """Go on with the same roles, which mean something else now. Return the rights that it gained."""
        before, could = self._state(), self._holdings()
        self.definitions = definitions
        return self._follow(before, could)

    def expect_to_fit_in_token(self, now: datetime) -> None:
        """Raise GrantsTooLong where a token could not say how far its roles go: its owner could do nothing at all."""
        if not fit_in_token(self.grants, now):
            raise GrantsTooLong

    def _follow(self, before: object, could: "_Holdings") -> frozenset[str]:
        can = self._holdings()
        gained = gains(could.grants, can.grants) | ({"self"} if can.own and not could.own else frozenset())
        if gained:
            self._keep_no_secret_of_others()
        if self._state() != before:
            self.version += 1
        return gained

    def _state(self) -> tuple[frozenset[str], bool, Mapping[str, Bounds]]:
        return self.roles, self.disabled, self.bounds

    def _holdings(self) -> "_Holdings":
        if self.disabled:
            return _Holdings((), own=False)
        return _Holdings(self.grants, own=not self.roles.isdisjoint((Role.MEMBER, Role.ADMIN)))

    def _keep_no_secret_of_others(self) -> None:
        """Void a token that somebody may have kept, and a password that somebody at the desk may have chosen."""
        self.activation = None
        if self.password_from_desk and self.does_more:
            self.password_hash, self.password_from_desk = None, False

    def keep_passkeys(self, *, verified: bool) -> None:
        """Note whether it has a passkey that is a second factor by itself."""
        if self.has_passkey is not verified:
            self.has_passkey = verified
            self.version += 1

    def turn_second_factor(self, *, on: bool) -> None:
        """Ask for a code at each sign-in from now on, or no longer."""
        self.second_factor = on
        self.version += 1

    def _set_password(self, password_hash: str) -> None:
        self.password_hash = password_hash
        self.version += 1


@dataclass(frozen=True, slots=True)
class _Holdings:
    """What an account can do; `own`: with the things of its owner."""

    grants: tuple[Grant, ...]
    own: bool
