import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from members_service.adapters.identity.pyotp_authenticator import PyotpAuthenticator

APP = PyotpAuthenticator()
SECRET = base64.b32encode(b"12345678901234567890").decode()
"""That of RFC 6238, appendix B, whose codes are the last six of the eight digits there."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert seconds // 30 == APP.step_of(code, SECRET, now=datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after_its_own(steps: int, is_taken: bool) -> None:
    now = datetime.fromtimestamp(1111111109, UTC) + timedelta(seconds=30 * steps)

    assert is_taken == (APP.step_of("081804", SECRET, now=now) is not None)


@pytest.mark.parametrize("code", ["", "081804 ", "08180", "0818044", "081805", "٠٨١٨٠٤", "\ud800"])
def test_anything_else_is_no_code(code: str) -> None:
    assert APP.step_of(code, SECRET, now=datetime.fromtimestamp(1111111109, UTC)) is None


def test_a_secret_has_160_bits_and_is_drawn_anew_each_time() -> None:
    first, second = APP.new_secret(), APP.new_secret()

    assert 20 == len(base64.b32decode(first))
    assert first != second


def test_an_app_takes_the_secret_over_from_an_address() -> None:
    address = urlsplit(APP.address(SECRET, account="grace hopper@library.example"))

    assert ("otpauth", "totp", "/Library:grace%20hopper%40library.example") == (
        address.scheme, address.netloc, address.path,
    )  # fmt: skip
    assert {"secret": [SECRET], "issuer": ["Library"]} == parse_qs(address.query)
