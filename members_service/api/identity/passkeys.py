"""Routes for one's own passkeys: add, list, name, remove. What a browser takes and gives is the JSON of WebAuthn."""

from inspect import getdoc
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from members_service.api.dependencies import account_of, address_of
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.discovery import published_by
from members_service.application.identity.passkeys.add_passkey import AddPasskey, NewPasskey, OfferPasskey
from members_service.application.identity.passkeys.change_passkeys import (
    OwnPasskey,
    RemovePasskey,
    RenamePasskey,
    ShowPasskeys,
)
from members_service.application.identity.passkeys.ports import Site
from members_service.application.identity.passkeys.views import PasskeyView
from members_service.application.identity.second_factor.offer_second_factor import OwnAccount
from members_service.domain.identity.passkey import LONGEST_PASSKEY_NAME
from shared.tokens import Principal
from shared.web.auth import Caller
from shared.web.etags import IfMatch, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/accounts/me/passkeys", route_class=StrictRoute, tags=["accounts"])

PasskeyName = Annotated[str, line(LONGEST_PASSKEY_NAME), Field(examples=["My phone"])]


class RelyingPartyResponse(ResponseModel):
    """For which host the device keeps the passkey."""

    id: str
    name: str


class PasskeyUserResponse(ResponseModel):
    """Whom the device shows it for."""

    id: str
    name: str
    displayName: str  # noqa: N815 - as WebAuthn calls it


class KeyKindResponse(ResponseModel):
    """A kind of key that is taken."""

    type: str
    alg: int


class KnownPasskeyResponse(ResponseModel):
    """A passkey that is there already."""

    id: str
    type: str


class DeviceResponse(ResponseModel):
    """What the device has to be able to do."""

    residentKey: str  # noqa: N815 - as WebAuthn calls it
    requireResidentKey: bool  # noqa: N815 - likewise
    userVerification: str  # noqa: N815 - likewise


class PasskeyOptionsResponse(ResponseModel):
    """PublicKeyCredentialCreationOptionsJSON of WebAuthn: for `navigator.credentials.create()`."""

    rp: RelyingPartyResponse
    user: PasskeyUserResponse
    challenge: str
    pubKeyCredParams: list[KeyKindResponse]  # noqa: N815 - as WebAuthn calls it
    timeout: int
    excludeCredentials: list[KnownPasskeyResponse]  # noqa: N815 - likewise
    authenticatorSelection: DeviceResponse  # noqa: N815 - likewise
    attestation: str


class PasskeyRequest(StrictJsonBody):
    """What the device has made, and what its owner calls it."""

    name: PasskeyName
    credential: dict[str, Any] = Field(description="RegistrationResponseJSON of WebAuthn: `credential.toJSON()`.")


class PasskeyPatchRequest(StrictJsonBody):
    """Another name."""

    name: PasskeyName


class PasskeyResponse(ResponseModel):
    """A passkey. `backed_up`: the device keeps it in several places, such as a cloud."""

    passkey_id: UUID
    name: str
    created_at: Moment
    last_used_at: Moment | None
    backed_up: bool
    version: int


class PasskeysResponse(ResponseModel):
    """One's own passkeys, the oldest first."""

    items: list[PasskeyResponse]


def site_of(request: Request) -> Site:
    """Return for which host devices keep passkeys: that on which people sign in, and its pages alone.

    Where the published address has no name, as on one's own machine, it is the one by which the browser came.
    """
    parts = urlsplit(published_by(request).base(request))
    site = Site(parts.hostname or "", (f"{parts.scheme}://{parts.netloc}",))
    met = request.url.netloc
    return site if site.has_name else Site(request.url.hostname or "", (f"http://{met}", f"https://{met}"))


@router.post(
    "/options",
    operation_id="offer_passkey",
    summary="Begin to add a passkey",
    description=getdoc(OfferPasskey),
    responses=refused_by(OfferPasskey),
)
async def offer(caller: Caller, identity: Identity, request: Request, response: Response) -> PasskeyOptionsResponse:
    response.headers["cache-control"] = "no-store"
    return PasskeyOptionsResponse.model_validate(await identity.passkeys.offer(_own(caller), site_of(request)))


@router.post(
    "",
    status_code=201,
    operation_id="add_passkey",
    summary="Add a passkey",
    description=getdoc(AddPasskey),
    responses=refused_by(AddPasskey),
)
async def add(
    body: PasskeyRequest, *, caller: Caller, identity: Identity, once: Once, tag: Tag, request: Request
) -> PasskeyResponse:
    command = NewPasskey(_own(caller), site_of(request), body.name, body.credential, address_of(request))
    return PasskeyResponse.of(tag(await once(PasskeyView, identity.passkeys.add, command)))


@router.get("", operation_id="list_passkeys", summary="List one's own passkeys", description=getdoc(ShowPasskeys))
async def show_many(caller: Caller, identity: Identity) -> PasskeysResponse:
    found = await identity.passkeys.show(account_of(caller.subject))
    return PasskeysResponse(items=[PasskeyResponse.of(one) for one in found])


@router.patch(
    "/{passkey_id}",
    operation_id="rename_passkey",
    summary="Call a passkey by another name",
    description=getdoc(RenamePasskey),
    responses=refused_by(RenamePasskey),
)
async def rename(
    passkey_id: UUID, body: PasskeyPatchRequest, *, version: IfMatch, caller: Caller, identity: Identity, tag: Tag
) -> PasskeyResponse:
    command = OwnPasskey(_own(caller), passkey_id, version)
    return PasskeyResponse.of(tag(await identity.passkeys.rename(command, body.name)))


@router.delete(
    "/{passkey_id}",
    status_code=204,
    operation_id="remove_passkey",
    summary="Remove a passkey",
    description=getdoc(RemovePasskey),
    responses=refused_by(RemovePasskey),
)
async def remove(
    passkey_id: UUID, version: MaybeIfMatch, *, caller: Caller, identity: Identity, request: Request
) -> None:
    await identity.passkeys.remove(OwnPasskey(_own(caller), passkey_id, version, address_of(request)))


def _own(caller: Principal) -> OwnAccount:
    return OwnAccount(account_of(caller.subject), caller.session or "")
