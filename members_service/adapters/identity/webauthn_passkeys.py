"""Passkeys (WebAuthn Level 3), by the library webauthn: options for browsers, and what devices answer."""

import base64
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from members_service.adapters.identity.pyotp_authenticator import ISSUER
from members_service.application.identity.passkeys.ports import Assertion, NewCredential, Owner, Site
from members_service.domain.identity.passkey import (
    CEREMONY_LASTS,
    LONGEST_CREDENTIAL_ID,
    PasskeyRefused,
    PasskeyRejected,
    Shown,
)

if TYPE_CHECKING:
    from types import ModuleType

_MILLISECONDS = int(CEREMONY_LASTS.total_seconds() * 1_000)


class WebauthnAuthenticators:
    """Implements `ports.Authenticators`. No attestation is asked for: whose device it is made by plays no part."""

    def creation_options(
        self, site: Site, owner: Owner, challenge: bytes, *, known: Collection[bytes], verified: bool
    ) -> Mapping[str, Any]:
        webauthn = _webauthn()
        structs = webauthn.helpers.structs
        needs = structs.UserVerificationRequirement
        options = webauthn.generate_registration_options(
            rp_id=site.host,
            rp_name=ISSUER,
            user_id=owner.account_id.bytes,
            user_name=owner.email,
            challenge=challenge,
            timeout=_MILLISECONDS,
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=needs.REQUIRED if verified else needs.PREFERRED,
            ),
        )
        found: Mapping[str, Any] = webauthn.helpers.options_to_json_dict(options)
        return found

    def request_options(self, site: Site, challenge: bytes) -> Mapping[str, Any]:
        # Written by hand: the library would cost each sign-in page eight megabytes, whoever has no passkey included.
        text = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        return {"challenge": text, "rpId": site.host, "timeout": _MILLISECONDS, "userVerification": "preferred"}

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        helpers = _webauthn().helpers
        with _refusing(PasskeyRejected):
            parsed = helpers.parse_registration_credential_json(dict(credential))
            challenge: bytes = helpers.parse_client_data_json(parsed.response.client_data_json).challenge
        return challenge

    def made(self, credential: Mapping[str, Any], site: Site, challenge: bytes, *, verified: bool) -> NewCredential:
        with _refusing(PasskeyRejected):
            found = _webauthn().verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=list(site.origins),
                require_user_verification=verified,
            )
        if len(found.credential_id) > LONGEST_CREDENTIAL_ID:
            raise PasskeyRejected("an id too long to be kept")
        shown = Shown(found.sign_count, found.user_verified, found.credential_backed_up)
        return NewCredential(found.credential_id, found.credential_public_key, shown)

    def read(self, credential: str) -> Assertion:
        helpers = _webauthn().helpers
        with _refusing(PasskeyRefused):
            parsed = helpers.parse_authentication_credential_json(credential)
            client_data = helpers.parse_client_data_json(parsed.response.client_data_json)
            return Assertion(parsed.raw_id, parsed.response.user_handle, client_data.challenge)

    def shown(self, credential: str, site: Site, challenge: bytes, *, public_key: bytes) -> Shown:
        with _refusing(PasskeyRefused):
            found = _webauthn().verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=list(site.origins),
                credential_public_key=public_key,
                credential_current_sign_count=0,  # what a counter that goes back means is ours to decide
            )
        return Shown(found.new_sign_count, found.user_verified, found.credential_backed_up)


@contextmanager
def _refusing(refusal: Callable[[str], Exception]) -> Iterator[None]:
    """Refuse whatever cannot be read or verified."""
    try:
        yield
    except Exception as error:
        raise refusal(type(error).__name__) from error


def _webauthn() -> "ModuleType":
    """Return the library: some megabytes, and only where somebody has to do with passkeys."""
    import webauthn  # noqa: PLC0415 - as said

    return webauthn
