"""Routes for identity providers: by which people sign in, and how each is asked."""

from inspect import getdoc
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from members_service.api.identity.accounts import RoleName
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.discovery import published_by
from members_service.application.identity.providers.change_providers import (
    ChangeProvider,
    ProviderChange,
    ProviderRemoval,
    RemoveProvider,
    ShowProviders,
)
from members_service.application.identity.providers.set_out import Destination, TryProvider
from members_service.domain.identity.identity_provider import (
    MOST_GROUPS,
    Audience,
    ClaimNames,
    Enrolment,
    IdentityProvider,
)
from shared.kernel.rights import Reach
from shared.web.auth import Caller
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/identity-providers", route_class=StrictRoute, tags=["identity providers"])

ProviderCode = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$", examples=["town"])]
_Claim = Annotated[str, line(100)]


class ClaimNamesRequest(StrictJsonBody):
    """Which claims of the ID token say what; null: not said. The names are those that most providers use."""

    email: _Claim = "email"
    given_name: _Claim | None = "given_name"
    family_name: _Claim | None = "family_name"
    groups: _Claim | None = "groups"
    card_number: _Claim | None = None


class GroupGrantRequest(StrictJsonBody):
    """What a group of the provider brings."""

    role: RoleName
    branches: Annotated[list[Annotated[str, line(40)]], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Codes of branches; null for all of them, those to come included."
    )

    @property
    def reach(self) -> Reach:
        """Where it counts."""
        return None if self.branches is None else frozenset(code.upper() for code in self.branches)


class EnrolmentRequest(StrictJsonBody):
    """As what readers are enrolled who sign in for the first time."""

    category: Annotated[str, line(40)]
    branch: Annotated[str, line(20)] | None = None


class IdentityProviderRequest(StrictJsonBody):
    """How people sign in by a provider of others (OpenID Connect)."""

    title: Annotated[str, line(200), Field(description="What the sign-in page calls it.", examples=["Town hall"])]
    issuer: Annotated[str, line(500), Field(description="To the letter what its discovery document says.")]
    client_id: Annotated[str, line(200)]
    client_secret: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="Never shown. Left out, it stays as it is."
    )
    audience: Audience
    mail_domains: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,253}$")]],
        Field(max_length=100, description="Domains whose addresses this provider has the right to vouch for."),
    ] = Field(default_factory=list)
    claims: ClaimNamesRequest = Field(default_factory=ClaimNamesRequest)
    groups: Annotated[
        dict[Annotated[str, line(200)], Annotated[list[GroupGrantRequest], Field(min_length=1, max_length=10)]],
        Field(max_length=MOST_GROUPS, description="Roles by group. Without any, the provider decides nothing of them."),
    ] = Field(default_factory=dict)
    enrol: EnrolmentRequest | None = None
    max_age: Annotated[int, Field(ge=0, le=31_536_000)] | None = Field(
        None, description="Seconds after which the password is asked for there again; null: the provider decides."
    )
    enabled: bool = True

    def values(self) -> dict[str, Any]:
        """Return the fields of the provider, but for its secret."""
        given = dict(self)
        del given["client_secret"]
        return given | {
            "mail_domains": tuple(self.mail_domains),
            "claims": ClaimNames(**self.claims.model_dump()),
            "groups": {name: {each.role: each.reach for each in grants} for name, grants in self.groups.items()},
            "enrol": None if self.enrol is None else Enrolment(**self.enrol.model_dump()),
        }

    def change(self, code: str, version: int | None, *, by: str) -> ProviderChange:
        """Return the command; `by` is who asks."""
        return ProviderChange(code, version, self.client_secret, self.values(), by)


class ClaimNamesResponse(ResponseModel):
    """Which claims of the ID token say what; null: not said."""

    email: str
    given_name: str | None
    family_name: str | None
    groups: str | None
    card_number: str | None


class GroupGrantResponse(ResponseModel):
    """What a group of the provider brings."""

    role: str
    branches: list[str] | None


class EnrolmentResponse(ResponseModel):
    """As what readers are enrolled who sign in for the first time."""

    category: str
    branch: str | None


class IdentityProviderResponse(ResponseModel):
    """How people sign in by a provider of others."""

    code: str
    title: str
    issuer: str
    client_id: str
    audience: Audience
    mail_domains: list[str]
    claims: ClaimNamesResponse
    groups: dict[str, list[GroupGrantResponse]]
    enrol: EnrolmentResponse | None
    max_age: int | None
    enabled: bool
    version: int

    @classmethod
    def of_provider(cls, provider: IdentityProvider) -> Self:
        """Show it without its secret."""
        groups = {
            name: [
                GroupGrantResponse(role=role, branches=None if reach is None else sorted(reach))
                for role, reach in sorted(roles.items())
            ]
            for name, roles in provider.groups.items()
        }
        return cls(
            code=provider.code,
            title=provider.title,
            issuer=provider.issuer,
            client_id=provider.client_id,
            audience=provider.audience,
            mail_domains=list(provider.mail_domains),
            claims=ClaimNamesResponse.of(provider.claims),
            groups=groups,
            enrol=None if provider.enrol is None else EnrolmentResponse.of(provider.enrol),
            max_age=provider.max_age,
            enabled=provider.enabled,
            version=provider.version,
        )


class IdentityProviderList(ResponseModel):
    """Every identity provider, by code."""

    items: list[IdentityProviderResponse]


class TrialResponse(ResponseModel):
    """Where a browser begins the dry sign-in."""

    authorize_url: str


def callback_of(request: Request, code: str) -> str:
    """Return the address at which a provider gives the browser back."""
    return f"{published_by(request).base(request)}/v1/auth/providers/{code}/callback"


@router.get("", operation_id="list_identity_providers", summary="List the identity providers")
async def show_many(identity: Identity) -> IdentityProviderList:
    """All of them, by code; a library has few."""
    items = [IdentityProviderResponse.of_provider(each) for each in await identity.providers.show.all()]
    return IdentityProviderList(items=items)


@router.get(
    "/{code}",
    operation_id="get_identity_provider",
    summary="Show an identity provider",
    description=getdoc(ShowProviders),
    responses=refused_by(ShowProviders),
)
async def show_one(code: Annotated[ProviderCode, Path()], identity: Identity, tag: Tag) -> IdentityProviderResponse:
    return IdentityProviderResponse.of_provider(tag(await identity.providers.show(code)))


@router.put(
    "/{code}",
    operation_id="put_identity_provider",
    summary="Say how people sign in by an identity provider",
    description=getdoc(ChangeProvider),
    responses={201: {"description": "People sign in by it from now on."}, **refused_by(ChangeProvider)},
)
async def put(
    code: Annotated[ProviderCode, Path()],
    body: IdentityProviderRequest,
    if_match: IfMatchUnlessNew,
    *,
    identity: Identity,
    caller: Caller,
    tag: Tag,
    response: Response,
) -> IdentityProviderResponse:
    with if_match.needed_for_what_is_there():
        provider = await identity.providers.change(body.change(code, if_match.version, by=caller.subject))
    response.status_code = 201 if provider.version == 1 else 200
    return IdentityProviderResponse.of_provider(tag(provider))


@router.delete(
    "/{code}",
    status_code=204,
    operation_id="remove_identity_provider",
    summary="Remove an identity provider",
    description=getdoc(RemoveProvider),
    responses=refused_by(RemoveProvider),
)
async def remove(
    code: Annotated[ProviderCode, Path()], version: MaybeIfMatch, identity: Identity, caller: Caller
) -> None:
    await identity.providers.remove(ProviderRemoval(code, version, caller.subject))


@router.post(
    "/{code}/try",
    operation_id="try_identity_provider",
    summary="Begin a dry sign-in at an identity provider",
    description=getdoc(TryProvider),
    responses=refused_by(TryProvider),
)
async def attempt(code: Annotated[ProviderCode, Path()], request: Request, identity: Identity) -> TrialResponse:
    to = Destination(code, callback_of(request, code), {})
    return TrialResponse(authorize_url=await identity.providers.attempt(to))
