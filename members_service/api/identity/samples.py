"""Samples of what the routes of passkeys, and of the matrix of rights, take and answer."""

from datetime import UTC, datetime
from uuid import UUID

from members_service.api.identity.passkeys import (
    DeviceResponse,
    KeyKindResponse,
    PasskeyOptionsResponse,
    PasskeyPatchRequest,
    PasskeyRequest,
    PasskeyResponse,
    PasskeysResponse,
    PasskeyUserResponse,
    RelyingPartyResponse,
)
from members_service.api.identity.rights_matrix import (
    MatrixGrantRequest,
    MatrixRequest,
    MatrixResponse,
    MatrixRoleRequest,
)
from members_service.application.identity.grants.matrix import (
    Change,
    GrantDifference,
    MatrixChanges,
    MatrixGrant,
    MatrixRole,
    RoleDifference,
)
from members_service.application.identity.passkeys.views import PasskeyView

A_PASSKEY = PasskeyView(
    UUID("0193c2f4-0000-7000-8000-0000000000d1"),
    "My phone",
    datetime(2026, 3, 9, 16, tzinfo=UTC),
    last_used_at=None,
    backed_up=True,
    version=1,
)
_OF_PASSKEYS = (
    PasskeyOptionsResponse(
        rp=RelyingPartyResponse(id="library.example", name="Library"),
        user=PasskeyUserResponse(
            id="AZPC9AAAcACAAAAAAAAAoQ", name="ada@library.example", displayName="ada@library.example"
        ),
        challenge="AAYS…",
        pubKeyCredParams=[KeyKindResponse(type="public-key", alg=-7)],
        timeout=3_600_000,
        excludeCredentials=[],
        authenticatorSelection=DeviceResponse(
            residentKey="required", requireResidentKey=True, userVerification="required"
        ),
        attestation="none",
    ),
    PasskeyRequest(
        name="My phone",
        credential={
            "id": "w1Q…",
            "rawId": "w1Q…",
            "type": "public-key",
            "response": {"clientDataJSON": "eyJ0…", "attestationObject": "o2Nm…"},
            "clientExtensionResults": {},
        },
    ),
    PasskeyPatchRequest(name="My old phone"),
    PasskeysResponse(items=[PasskeyResponse.of(A_PASSKEY)]),
    PasskeyResponse.of(A_PASSKEY),
)
_OF_MATRIX = (
    MatrixRequest(
        roles=[MatrixRoleRequest(name="story-hour", title="Story hour", rights=["lend", "see_members"])],
        grants=[MatrixGrantRequest(email="grace@library.example", role="story-hour", branches=["EAST"])],
    ),
    MatrixResponse(
        roles=[MatrixRole("story-hour", "Story hour", ("lend", "see_members"))],
        grants=[MatrixGrant("grace@library.example", "story-hour", ("EAST",), None)],
    ),
    MatrixChanges(
        dry_run=True,
        roles=(RoleDifference("story-hour", Change.MADE),),
        grants=(GrantDifference("grace@library.example", "story-hour", Change.GRANTED, ("EAST",), None),),
    ),
)
OF_PASSKEYS_AND_MATRIX = (*_OF_PASSKEYS, *_OF_MATRIX)
