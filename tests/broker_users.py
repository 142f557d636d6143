"""The users that a broker has for the services, from the file that is shipped for it."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

DEFINITIONS = Path(__file__).parents[1] / "deploy/helm/library/files/definitions.json"
_EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


def definitions(**passwords: str) -> dict[str, Any]:
    """Return the shipped definitions, each user with a password; and `guest`, who may do anything, for the tests."""
    text = DEFINITIONS.read_text()
    for user, password in passwords.items():
        text = text.replace(f"{user.upper()}_PASSWORD_HASH", password_hash(password))
    made: dict[str, Any] = json.loads(text)
    made["users"].append({"name": "guest", "password_hash": password_hash("guest"), "tags": []})
    made["permissions"].append({"user": "guest", "vhost": "/", **_EVERYTHING})
    return made


def password_hash(password: str, salt: bytes = b"salt") -> str:
    """Return a password as RabbitMQ keeps it."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
