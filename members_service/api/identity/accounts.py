"""Routes for accounts: open, change, and one's own password."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from members_service.api.dependencies import account_of, address_of
from members_service.api.email_address import EmailAddress
from members_service.api.identity.activation import NewPassword
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.accounts.account_views import AccountFilter, OpenedAccount
from members_service.application.identity.accounts.change_account import AccountChange, ChangeAccount
from members_service.application.identity.accounts.change_password import ChangePassword, PasswordChange
from members_service.application.identity.accounts.create_account import CreateAccount, NewAccount
from members_service.application.identity.accounts.queries import AccountQueries
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/accounts", route_class=StrictRoute, tags=["accounts"])

RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", examples=["desk"])]
Roles = Annotated[list[RoleName], Field(min_length=1, max_length=100)]


class AccountRequest(StrictJsonBody):
    """An account whose owner chooses the password."""

    email: Annotated[EmailAddress, Field(description="The user name; unique whatever its case.")]
    password: NewPassword | None = Field(
        None, description="Leave it out, and hand the activation token to the owner, who then chooses one."
    )
    roles: Roles
    member_id: UUID | None = Field(None, description="The member whose account this is, if any.")

    def command(self, *, by: str) -> NewAccount:
        """Return the command; `by` is who asks."""
        return NewAccount(self.email, self.password, self.roles, self.member_id, by)


class AccountPatchRequest(StrictJsonBody):
    """What is to change (RFC 7396); what is left out stays as it is."""

    email: EmailAddress = Field(default_factory=str, description="The user name.")
    roles: Roles = Field(default_factory=list[str])
    disabled: bool = False

    def command(self, account_id: UUID, version: int | None, *, by: str) -> AccountChange:
        """Return the command; `by` is who asks."""
        fields_set = self.model_fields_set
        return AccountChange(
            account_id,
            version,
            email=self.email if "email" in fields_set else None,
            roles=self.roles if "roles" in fields_set else None,
            disabled=self.disabled if "disabled" in fields_set else None,
            by=by,
        )


class PasswordRequest(StrictJsonBody):
    """The current password proves who asks."""

    current_password: Annotated[str, Field(min_length=1, max_length=1_000)]
    password: NewPassword


class AccountResponse(ResponseModel):
    """An account. `activated` tells whether its owner has chosen a password.

    `second_factor` tells whether each sign-in asks for a code, too; `signs_in_elsewhere`, whether its owner signs in by
    an identity provider and has no password here. `version` is what a change names in `If-Match`.
    """

    account_id: UUID
    email: str
    roles: list[str]
    member_id: UUID | None
    activated: bool
    disabled: bool
    second_factor: bool
    signs_in_elsewhere: bool
    created_at: Moment
    version: int


class AccountOpened(AccountResponse):
    """A new account, with the token that its owner chooses a password with; null where it has one. Told this once."""

    activation_token: str | None
    activation_expires_at: Moment | None

    @classmethod
    def of_opened(cls, opened: OpenedAccount) -> Self:
        """Show both side by side."""
        return cls(
            **AccountResponse.of(opened.account).model_dump(),
            activation_token=opened.activation_token,
            activation_expires_at=opened.activation_expires_at,
        )


@router.post(
    "",
    status_code=201,
    operation_id="create_account",
    summary="Open an account",
    description=getdoc(CreateAccount),
    responses=located() | refused_by(CreateAccount),
)
async def create(
    body: AccountRequest, *, caller: Caller, identity: Identity, once: Once, tag: Tag, response: Response
) -> AccountOpened:
    opened = await once(OpenedAccount, identity.accounts.create_account, body.command(by=caller.subject))
    response.headers["Location"] = f"/v1/accounts/{opened.account.account_id}"
    tag(opened.account)
    return AccountOpened.of_opened(opened)


async def _criteria(
    *,
    email: Annotated[Annotated[str, line(254)] | None, Query(description="Whatever its case.")] = None,
    role: Annotated[RoleName | None, Query(description="A role that it has, among others.")] = None,
    member_id: Annotated[UUID | None, Query(description="Whose account it is.")] = None,
    disabled: Annotated[bool | None, Query(description="Whether it may not sign in.")] = None,
) -> AccountFilter:
    return AccountFilter(email, role, member_id, disabled)


@router.get(
    "",
    operation_id="list_accounts",
    summary="List accounts, oldest first",
    description="Everything that is asked for applies together: who may administer, or the account of an address.",
)
async def show_many(
    criteria: Annotated[AccountFilter, Depends(_criteria)],
    page: Page,
    identity: Identity,
) -> Listing[AccountResponse]:
    found = await identity.accounts.queries.accounts(criteria, limit=page.limit + 1, after=page.after_id())
    return page.listing([AccountResponse.of(account) for account in found], lambda last: (last.account_id,))


@router.put(
    "/me/password",
    status_code=204,
    operation_id="change_my_password",
    summary="Change one's own password",
    description=getdoc(ChangePassword),
    responses=refused_by(ChangePassword),
)
async def change_own_password(body: PasswordRequest, caller: Caller, identity: Identity, request: Request) -> None:
    own = account_of(caller.subject)
    await identity.accounts.change_password(
        PasswordChange(own, body.current_password, body.password, address_of(request))
    )


@router.get(
    "/me",
    operation_id="get_my_account",
    summary="Show one's own account",
    description="Who is signed in, and with which roles: what a page shows beside its content.",
    responses=refused_by(AccountQueries.account),
)
async def show_own(caller: Caller, identity: Identity, tag: Tag) -> AccountResponse:
    return tag(AccountResponse.of(await identity.accounts.queries.account(account_of(caller.subject))))


@router.get(
    "/{account_id}",
    operation_id="get_account",
    summary="Show an account",
    description="Its `ETag` is what changing it asks for. Nobody is shown a password, not even its hash.",
    responses=refused_by(AccountQueries.account),
)
async def show_one(account_id: UUID, identity: Identity, tag: Tag) -> AccountResponse:
    return AccountResponse.of(tag(await identity.accounts.queries.account(account_id)))


@router.patch(
    "/{account_id}",
    operation_id="change_account",
    summary="Change an account's e-mail address or roles, disable or enable it",
    description=getdoc(ChangeAccount),
    responses=refused_by(ChangeAccount),
)
async def patch(
    account_id: UUID, body: AccountPatchRequest, *, version: IfMatch, caller: Caller, identity: Identity, tag: Tag
) -> AccountResponse:
    change = body.command(account_id, version, by=caller.subject)
    return AccountResponse.of(tag(await identity.accounts.change_account(change)))
