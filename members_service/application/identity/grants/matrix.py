"""The whole matrix as a file: what each role gives, and who has which role where. It is taken out, and taken in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from members_service.application.identity.accounts.change_account import others_administer
from members_service.application.identity.grants.authority import may_give, may_take
from members_service.application.identity.grants.change_roles import PutRole, RoleChange, put_role
from members_service.application.identity.grants.follow_up import GrantsBefore, void_tokens
from members_service.application.identity.grants.grant_role import BranchCodes, GrantRole
from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.providers.break_glass import keep_break_glass
from members_service.application.identity.work import IdentityWork, IdentityWorkFactory
from members_service.domain.email import Email, InvalidEmail
from members_service.domain.identity.account import Account, LastAdmin
from members_service.domain.identity.grants import UNBOUNDED, Bounds, GrantEnds, UnknownBranchOfGrant
from members_service.domain.identity.roles import MEMBER_ALONE, NoRole, RoleDefinition, RoleNotFound, UnknownRole
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidValue, refusals_of, refuses
from shared.kernel.receipts import Receipt


class UnknownAccount(InvalidValue):
    """The file names an account that is not here."""

    code = "unknown-account"
    field = "email"

    def __init__(self, email: str) -> None:
        super().__init__(f"No account has the e-mail address {email}. Open it first.", email=email)


class GrantedTwice(InvalidValue):
    """The file says two things of one role of one account."""

    code = "granted-twice"
    field = "role"
    detail = "The file grants a role to an account twice. Name all of its branches in one row."


class Change(StrEnum):
    """What a file does to a role or a grant."""

    MADE = "made"
    CHANGED = "changed"
    GRANTED = "granted"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class MatrixRole:
    """What a role is called, and what it gives."""

    name: str
    title: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatrixGrant:
    """A role of the account with this address: in which branches (null: all), and until when."""

    email: str
    role: str
    branches: tuple[str, ...] | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """All roles, and all grants of accounts that do more than a member's."""

    roles: tuple[MatrixRole, ...]
    grants: tuple[MatrixGrant, ...]


@dataclass(frozen=True, slots=True)
class MatrixFile:
    """A matrix to be taken in; `dry_run`: only say what would happen. `by` is the account that asks for it."""

    matrix: Matrix
    dry_run: bool
    by: str | None = None


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """A role that the file makes or changes."""

    name: str
    change: Change


@dataclass(frozen=True, slots=True)
class GrantDifference:
    """A grant that the file gives, changes or takes away; how far it goes, or went."""

    email: str
    role: str
    change: Change
    branches: tuple[str, ...] | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class MatrixChanges:
    """What the file changes, or would."""

    dry_run: bool
    roles: tuple[RoleDifference, ...]
    grants: tuple[GrantDifference, ...]


@dataclass(frozen=True, slots=True)
class ExportMatrix:
    """Show what each role gives, and who has which role where. Change the file, and send it back with `POST`."""

    unit_of_work: IdentityWorkFactory

    async def __call__(self) -> Matrix:
        async with self.unit_of_work() as uow:
            definitions, accounts = await uow.roles.all(), await uow.accounts.staff()
        roles = (MatrixRole(one.name, one.title, tuple(sorted(one.rights))) for one in definitions.values())
        grants = (
            MatrixGrant(account.email.address, view.role, view.branches, view.until)
            for account in accounts
            for view in GrantView.all_of(account.roles, account.bounds)
        )
        return Matrix(tuple(roles), tuple(grants))


_BY_HAND = dict.fromkeys((*refusals_of(PutRole), *refusals_of(GrantRole)))
_OF_THE_FILE = (UnknownAccount, UnknownRole, GrantedTwice, InvalidEmail, NoRole)


@refuses(*(kind for kind in _BY_HAND if kind is not RoleNotFound), *_OF_THE_FILE)
@dataclass(frozen=True, slots=True)
class ImportMatrix:
    """Make the changes that a file of the matrix asks for, all of them or none.

    - Begin with `dry_run=true`: nothing is changed, and the answer lists what would be.
    - Send only what is to change. Roles that are named are made or changed; others stay. An account that is named ends
      up with the grants of the file *and no others*, besides the role of members; other accounts stay as they are.
    - You need for each change what it needs by hand.
    """

    unit_of_work: IdentityWorkFactory
    branches: BranchCodes
    clock: Clock

    async def __call__(self, command: MatrixFile, receipt: Receipt | None = None) -> MatrixChanges:
        now, wanted = self.clock.now(), _by_account(command.matrix.grants)
        await self._expect_branches(command.matrix.grants)
        async with self.unit_of_work(receipt) as uow:
            roles = await _changed_roles(command, uow=uow, now=now)
            definitions = await uow.roles.all()
            grants = await _changed_grants(wanted, definitions, uow=uow, by=command.by, now=now)
            changes = MatrixChanges(command.dry_run, tuple(roles), tuple(grants))
            if not command.dry_run:
                await uow.commit(answer=changes)
        return changes

    async def _expect_branches(self, grants: tuple[MatrixGrant, ...]) -> None:
        codes = {code for grant in grants for code in grant.branches or ()}
        known = await self.branches.spellings(codes) if codes else {}
        for place, grant in enumerate(grants):
            with _in_row("grants", place):
                if not known.keys() >= {*(grant.branches or ())}:
                    raise UnknownBranchOfGrant


@contextmanager
def _in_row(name: str, place: int) -> Iterator[None]:
    """Let a refusal of a value say in which row of the file it stands."""
    try:
        yield
    except InvalidValue as refusal:
        refusal.field = f"{name}.{place}.{refusal.field}"
        raise


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How far a role is to go, and in which row of the file that stands."""

    place: int
    bounds: Bounds


def _by_account(grants: tuple[MatrixGrant, ...]) -> Mapping[Email, Mapping[str, _Wanted]]:
    wanted: dict[Email, dict[str, _Wanted]] = {}
    for place, grant in enumerate(grants):
        with _in_row("grants", place):
            mine = wanted.setdefault(Email.parse(grant.email), {})
            if grant.role in mine:
                raise GrantedTwice
        reach = None if grant.branches is None else frozenset(code.upper() for code in grant.branches)
        mine[grant.role] = _Wanted(place, Bounds(reach, grant.until))
    return wanted


async def _changed_roles(command: MatrixFile, *, uow: IdentityWork, now: datetime) -> list[RoleDifference]:
    """Make and change the roles that differ from what is there."""
    changed = []
    for place, wanted in enumerate(command.matrix.roles):
        present = (await uow.roles.all()).get(wanted.name)
        if present is not None and (present.title, present.rights) == (wanted.title, frozenset(wanted.rights)):
            continue
        change = RoleChange(wanted.name, wanted.title, wanted.rights, None, by=command.by)
        with _in_row("roles", place):
            await put_role(change, uow=uow, now=now)
        changed.append(RoleDifference(wanted.name, Change.MADE if present is None else Change.CHANGED))
    return changed


async def _changed_grants(
    wanted: Mapping[Email, Mapping[str, _Wanted]],
    definitions: Mapping[str, RoleDefinition],
    *,
    uow: IdentityWork,
    by: str | None,
    now: datetime,
) -> list[GrantDifference]:
    """Let the accounts have what they are to have. Somebody who can administer the library is left among all."""
    accounts = {account.email.key: account for account in await uow.accounts.with_emails(wanted)}
    others = await others_administer(*(account.id for account in accounts.values()), uow=uow)
    administered, changed = any(account.administers for account in accounts.values()), []
    for email, roles in wanted.items():
        account = accounts.get(email.key)
        if account is None:
            with _in_row("grants", min(one.place for one in roles.values())):
                raise UnknownAccount(email.address)
        bounds = {role: one.bounds for role, one in roles.items()}
        before, was = GrantsBefore.of(account), account.is_break_glass
        differences = list(_differences(account, bounds))
        for one in differences:
            _expect_authority(account, one, roles, definitions, now)
        account.definitions = definitions
        kept = account.roles & MEMBER_ALONE
        gained = account.change(roles=frozenset(roles) | kept, disabled=None, others_administer=True, bounds=bounds)
        account.expect_to_fit_in_token(now)
        await keep_break_glass(account, was=was, uow=uow)
        if before.differ_from(account):
            await void_tokens(account, gained=gained, uow=uow, now=now)
            before.announce(account, uow=uow, now=now, by=by)
        changed += differences
    if administered and not others and not any(account.administers for account in accounts.values()):
        raise LastAdmin
    return changed


def _differences(account: Account, wanted: Mapping[str, Bounds]) -> Iterator[GrantDifference]:
    email = account.email.address
    for role in sorted(account.roles - wanted.keys() - MEMBER_ALONE):
        view = GrantView.of(role, account.bounds.get(role, UNBOUNDED))
        yield GrantDifference(email, role, Change.REVOKED, view.branches, view.until)
    for role, bounds in sorted(wanted.items()):
        if role not in account.roles or account.bounds.get(role, UNBOUNDED) != bounds:
            view, change = GrantView.of(role, bounds), Change.CHANGED if role in account.roles else Change.GRANTED
            yield GrantDifference(email, role, change, view.branches, view.until)


def _expect_authority(
    account: Account,
    one: GrantDifference,
    wanted: Mapping[str, _Wanted],
    definitions: Mapping[str, RoleDefinition],
    now: datetime,
) -> None:
    """Raise what granting and revoking by hand would."""
    may_take(account, {one.role})
    if one.change is Change.REVOKED:
        return
    row = wanted[one.role]
    with _in_row("grants", row.place):
        if one.role not in definitions:
            raise UnknownRole(field="role")
        if row.bounds.until is not None and row.bounds.until <= now:
            raise GrantEnds
    may_give(definitions[one.role], row.bounds)
