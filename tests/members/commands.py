"""The commands of members, each in a process of its own."""

import os
import subprocess
from pathlib import Path

from tests.end_to_end import processes
from tests.members.makers import PASSWORD

Outcome = subprocess.CompletedProcess[str]


def environment_of(folder: Path) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEMBERS_", "AUTH_", "RABBITMQ"))
    }
    settings = {
        "MEMBERS_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'members.db'}",
        "MEMBERS_DATA_KEYS_FILE": str(folder / "data-keys.txt"),
        "MEMBERS_MAKE_DATA_KEYS": "true",
        "MEMBERS_BOOKS_URL": "http://127.0.0.1:9",
    }
    return clean | settings


def run(folder: Path, *arguments: str, given: str = "", **environment: str) -> Outcome:
    return processes.run("members_service", *arguments, environment=environment_of(folder) | environment, given=given)


def create(folder: Path, *more: str, email: str = "admin@x.y", given: str = f"{PASSWORD}\n") -> Outcome:
    return run(folder, "create-account", "--email", email, "--role", "admin", *more, given=given)
