"""Identity providers of others (OpenID Connect), by which people sign in here: of a town, a school or a university."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from members_service.domain.email import Email, InvalidEmail
from members_service.domain.identity.roles import MEMBER_ALONE
from shared.kernel.errors import Conflict, InvalidValue, NotFound, PeerFailed, PeerTooSlow, Refused
from shared.kernel.public_addresses import may_be_asked
from shared.kernel.rights import Reach

LONGEST_PROVIDER_CODE, LONGEST_ISSUER, LONGEST_CLAIM = 40, 500, 100
MOST_GROUPS = 2_000
"""Groups of one person that are looked at; what a provider says beyond is left out."""


class ProviderNotFound(NotFound):
    """No identity provider has this code, or it is switched off."""

    code = "identity-provider-not-found"
    detail = "No identity provider has this code here, or it is switched off. The sign-in page has those to use."


class InvalidIssuer(InvalidValue):
    """The issuer is an https address of a public host, unless the operator allows its host."""

    code = "invalid-issuer"
    field = "issuer"
    detail = (
        "The issuer begins with https://, names a public host, and has no user, query or fragment. The operator may "
        "allow others in MEMBERS_PROVIDER_HOSTS."
    )


class IssuerTaken(Conflict):
    """Each person of an issuer is known by one provider."""

    code = "issuer-taken"
    detail = "Another identity provider here has this issuer already. Change that one."


class ProviderFailed(PeerFailed):
    """The identity provider gave no answer that can be used."""

    code = "identity-provider-failed"
    example: ClassVar[Mapping[str, Any]] = {
        "detail": "Town hall does not answer as it should. Sign in another way, or try again.",
        "provider": "town",
    }


class ProviderSlow(PeerTooSlow):
    """The identity provider did not answer in time."""

    code = "identity-provider-slow"
    example: ClassVar[Mapping[str, Any]] = {
        "detail": "Town hall does not answer in time. Sign in another way, or try again.",
        "provider": "town",
    }


class ClaimsRejected(Refused):
    """What came from the provider does not prove who somebody is; `why` is for the log."""

    code = "claims-rejected"
    detail = "What came back from there does not prove who you are. Begin again; if it stays so, tell the library."

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class NobodyHere(Refused):
    """Nobody here is known by that sign-in, and nobody is enrolled by it."""

    code = "nobody-here"
    detail = "Nobody here is known by that sign-in. Ask at the desk."


class NotForYou(Refused):
    """The account is not of those for whom this provider is meant, or is disabled."""

    code = "not-for-you"
    detail = "That sign-in is not meant for this account, or the account is disabled. Ask an administrator."


class FactorNotProved(Refused):
    """The library asks for a second factor, and the provider does not say that it was asked for."""

    code = "factor-not-proved"
    detail = "The library asks for a second factor, and that sign-in did not show one. Turn it on there."


class BreakGlass(Conflict):
    """Somebody must be able to administer the library while the provider is down."""

    code = "break-glass"
    detail = (
        "This is the last administrator with a password and a second factor here; without one nobody could let people "
        "in while the provider is down. Set up another one first."
    )


class SignsInByProvider(Conflict):
    """Whoever signs in by an identity provider has no password here."""

    code = "signs-in-by-provider"
    detail = "This account signs in by an identity provider and has no password here. Change it there."


class Audience(StrEnum):
    """For whom a provider is meant."""

    STAFF = "staff"
    READERS = "readers"


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Which claims of an ID token say what; None: not said."""

    email: str = "email"
    given_name: str | None = "given_name"
    family_name: str | None = "family_name"
    groups: str | None = "groups"
    card_number: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Readers who sign in for the first time become members of this category, at home in this branch."""

    category: str
    branch: str | None


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A provider by which people sign in. Its secret is for the provider alone, and never shown.

    `groups` gives roles to its groups, each in some branches (None: in all); the provider then has the last word.
    `mail_domains` are those whose addresses are this provider's to vouch for. `max_age` in seconds: people are asked
    for their password there if they gave it longer ago.
    """

    id: UUID
    code: str
    title: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: Audience
    mail_domains: tuple[str, ...]
    claims: ClaimNames
    groups: Mapping[str, Mapping[str, Reach]]
    enrol: Enrolment | None
    max_age: int | None
    enabled: bool
    version: int

    def expect_issuer(self, allowed: Callable[[str], bool]) -> None:
        """Raise InvalidIssuer unless it may be asked. Hosts that are `allowed` may do without https, and be our own."""
        expect_address(self.issuer, allowed)

    @property
    def host(self) -> str:
        """The host of the issuer."""
        return (urlsplit(self.issuer).hostname or "").lower()

    def vouches_for(self, person: "ForeignPerson") -> bool:
        """Whether the address of this person is proved: verified there, and of a domain of this provider."""
        if person.email is None or not person.email_verified:
            return False
        return person.email.key.rpartition("@")[2] in self.mail_domains

    def roles_of(self, person: "ForeignPerson") -> Mapping[str, Reach] | None:
        """Return the roles that the groups of this person bring, and where; None where groups decide nothing."""
        if not self.groups:
            return None
        found: dict[str, Reach] = {}
        for group in person.groups:
            for role, branches in self.groups.get(group, {}).items():
                before = found.get(role, frozenset())
                found[role] = None if branches is None or before is None else before | branches
        return found

    def is_for(self, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles is among those for whom it is meant."""
        return self.audience is Audience.STAFF or roles == MEMBER_ALONE

    def read(self, claims: Mapping[str, Any]) -> "ForeignPerson":
        """Return whom the claims of a verified ID token are about. What is not of the right form is left out."""
        names = self.claims

        def text(name: str | None) -> str | None:
            value = None if name is None else claims.get(name)
            return value[:LONGEST_CLAIM].strip() or None if isinstance(value, str) else None

        address, groups = claims.get(names.email), claims.get(names.groups or "", ())
        try:
            email = Email.parse(address) if isinstance(address, str) else None
        except InvalidEmail:
            email = None
        groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else ()
        methods = claims.get("amr")
        return ForeignPerson(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=email,
            email_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
            given_name=text(names.given_name),
            family_name=text(names.family_name),
            card_number=text(names.card_number),
            groups=frozenset(each for each in groups[:MOST_GROUPS] if isinstance(each, str)),
            second_factor=isinstance(methods, list) and _are_two_factors({m for m in methods if isinstance(m, str)}),
            session_there=session_there(self.issuer, claims.get("sid")),
        )


def session_there(issuer: str, sid: object) -> bytes | None:
    """Return the digest by which a session at a provider is known here; None where its token names none."""
    return hashlib.sha256(f"{issuer}\n{sid}".encode()).digest() if isinstance(sid, str) and sid else None


_TWO_FACTORS = frozenset({"mfa", "fido", "sc"})
"""Authentication methods (RFC 8176, and those in use) that are two factors by themselves."""

_KINDS = (frozenset({"pwd", "pin", "kba"}), frozenset({"otp", "hwk", "swk"}), frozenset({"face", "fpt", "iris", "vbm"}))
"""What somebody knows, has and is. Codes by telephone are none of it: who has the number is for others to say."""


def _are_two_factors(methods: set[str]) -> bool:
    return not _TWO_FACTORS.isdisjoint(methods) or sum(not kind.isdisjoint(methods) for kind in _KINDS) > 1


@dataclass(frozen=True, slots=True)
class ForeignPerson:
    """Somebody as a provider knows them. Issuer and subject together are the key; nothing else is."""

    issuer: str
    subject: str
    email: Email | None = None
    email_verified: bool = False
    given_name: str | None = None
    family_name: str | None = None
    card_number: str | None = None
    groups: frozenset[str] = frozenset()
    second_factor: bool = False
    session_there: bytes | None = None


def expect_address(url: str, allowed: Callable[[str], bool]) -> None:
    """Raise InvalidIssuer unless an address of a provider is https and public, or its host is allowed."""
    if not may_be_asked(url, allowed):
        raise InvalidIssuer
