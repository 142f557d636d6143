"""Codes of authenticator apps (TOTP, RFC 6238), by pyotp: six digits, thirty seconds and SHA-1, as all apps have it."""

import re
from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError

ISSUER = "Library"
_CODE = re.compile(r"[0-9]{6}")
_STEPS_BESIDE = 1  # clocks differ, and people type slowly


class PyotpAuthenticator:
    """Implements `ports.Authenticator`."""

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def address(self, secret: str, *, account: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)

    def step_of(self, code: str, secret: str, *, now: datetime) -> int | None:
        if not _CODE.fullmatch(code):
            return None
        try:
            return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=_STEPS_BESIDE)
        except OTPVerificationError:
            return None
