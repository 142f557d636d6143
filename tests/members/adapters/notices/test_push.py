"""Short messages for a gateway, signed as Standard Webhooks has it."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from members_service.adapters.notices.push import InvalidPushSecret, push_request, read_secret

ID = UUID("0193c2f4-0000-7000-8000-000000000001")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def test_a_push_request_carries_the_headers_of_standard_webhooks() -> None:
    at = datetime(2026, 11, 30, 10, tzinfo=UTC)
    request = push_request(ID, to="+49 170 1", text="Grüße", language="de", secret=read_secret(SECRET), at=at)
    headers = request.headers
    assert headers["webhook-id"] == str(ID)
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))
    signed = f"{ID}.{int(at.timestamp())}.".encode() + request.body
    expected = base64.b64encode(hmac.new(bytes(range(32)), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(request.body)["data"] == {
        "message_id": str(ID), "to": "+49 170 1", "text": "Grüße", "language": "de",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_YWJj", "whsec_!!!", "whsec_" + "QUFB" * 40])
def test_a_secret_of_another_form_is_refused_invalid_push_secret(text: str) -> None:
    with pytest.raises(InvalidPushSecret):
        read_secret(text)
