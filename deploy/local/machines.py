"""SIP2 in the embedded gear: where machines connect, and their accounts."""

import json
import os

from deploy.local.gear import MACHINES, Gear, client_secret
from loans_service.sip2.command import accounts_of
from loans_service.sip2.settings import Sip2Settings
from shared.configuration import load

LOGIN, SECRET = "selfcheck", "selfcheck-demo-secret"  # public, and safe: only this machine can reach it
BRANCH = "MAIN"


def machines_of(gear: Gear) -> Sip2Settings | None:
    """Return the settings of SIP2, if it is on; its accounts are in SIP2_ACCOUNTS_FILE, or in a file made here.

    Raises ConfigurationError when the accounts cannot be used.
    """
    if "sip2" not in gear.ports:
        return None
    file = gear.data / "sip2-accounts.json"
    if not os.environ.get("SIP2_ACCOUNTS_FILE") and not file.exists():
        _begin(gear)
    settings = load(
        Sip2Settings,
        accounts_file=os.environ.get("SIP2_ACCOUNTS_FILE") or file,
        port=gear.ports["sip2"],
        books_url=gear.address("books"),
        members_url=gear.address("members"),
        loans_url=gear.address("loans"),
    )
    accounts_of(settings)
    return settings


def _begin(gear: Gear) -> None:
    account = {
        "login": LOGIN,
        "secret": SECRET,
        "client_id": MACHINES,
        "client_secret": client_secret(gear, MACHINES),
        "branch": BRANCH,
    }
    path = gear.data / "sip2-accounts.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps([account] if gear.demo else [], indent=2) + "\n")
