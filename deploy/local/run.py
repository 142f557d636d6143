"""From the settings to a library that is open: what `make run` does."""

import os
import shlex
import socket
import sys
from collections.abc import Mapping

import uvloop

from deploy.local import demo
from deploy.local.gear import SERVICES, Gear, LibrarySettings, doubtful_settings
from deploy.local.library import Library, bring_up_to_date, has_accounts
from deploy.local.machines import LOGIN, SECRET, machines_of
from loans_service.sip2.settings import Sip2Settings
from shared import logs
from shared.environment import ConfigurationError
from shared.persistence.migrating.schema import UnknownPast

_MISCONFIGURED = 2


async def _run(gear: Gear) -> None:
    if not gear.is_private and (gear.demo or demo.is_there(gear)):
        sentence = (
            f"HOST={gear.host} can be reached from other machines, and the demo accounts have known passwords: "
            "use 127.0.0.1, or a fresh DATA_DIR with DEMO=0."
        )
        raise ConfigurationError((sentence,))
    for sentence in doubtful_settings(os.environ):
        print(sentence, file=sys.stderr)
    os.umask(0o077)  # what the library writes is for its owner's eyes only
    sockets = gear.sockets()
    gear.make_data_folder()
    with gear.lock_data_folder():
        await _open(gear, sockets)


async def _open(gear: Gear, sockets: Mapping[str, socket.socket]) -> None:
    demo.undo_unfinished(gear)
    first_start = not any(gear.data.glob("*.db"))
    settings, machines = LibrarySettings.of(gear), machines_of(gear)
    logs.configure(service="library", level=settings.loans.log_level, format=settings.loans.log_format)
    await bring_up_to_date(settings)
    if gear.demo and first_start:
        await demo.furnish(gear, settings)
    is_empty = not await has_accounts(settings)
    library = Library(gear, settings, machines, sockets)
    await library.run(when_ready=lambda: _greet(gear, settings, machines, is_empty=is_empty))


def _greet(gear: Gear, settings: LibrarySettings, machines: Sip2Settings | None, *, is_empty: bool) -> None:
    print(f"The library is open. The desk: {gear.public_address('desk')}/  Swagger UI:")
    for service in SERVICES:
        print(f"  {service:8} {gear.public_address(service)}/docs")
    if not gear.is_private and gear.public_url is None:
        members = gear.ports["members"]
        print(f"If browsers call this machine by another name, set AUTH_PUBLIC_URL=http://NAME:{members}.")
    if is_empty:
        print("There is no account yet. This makes the first one, and asks for its password:")
        print(f"  {first_account(settings)}")
    if demo.is_there(gear):
        print("Sign in (Authorize) with:")
        for role, (email, password) in demo.LOGINS.items():
            print(f"  {role:10} {email:28} {password}")
        print(f"The member's card is {demo.CARD}; copies have barcodes from {demo.FIRST_BARCODE} upwards.")
    if machines is not None:
        print(f"Machines are answered by SIP2 at {gear.host}:{machines.port}; accounts: {machines.accounts_file}")
        if demo.is_there(gear):
            print(f"  {LOGIN:10} {SECRET}    Ada's PIN is {demo.PIN}")
    print("Press Ctrl-C to close.", flush=True)


def first_account(settings: LibrarySettings) -> str:
    """Return the command that makes the first account of this library."""
    database = f"MEMBERS_DATABASE_URL={shlex.quote(settings.members.database_url)}"
    keys = f"MEMBERS_DATA_KEYS_FILE={shlex.quote(str(settings.members.data_keys_file))}"
    books = f"MEMBERS_BOOKS_URL={shlex.quote(settings.members.books_url)}"
    command = f"{sys.executable} -m members_service create-account --email you@library.example --role admin"
    return f"{database} {keys} {books} {command}"


def main() -> int:
    """Run until Ctrl-C; return the exit code."""
    try:
        uvloop.run(_run(Gear.from_environment(os.environ)))
    except ConfigurationError as error:
        print("\n".join(error.sentences), file=sys.stderr)
        return _MISCONFIGURED
    except UnknownPast as error:
        print(f"{error} For a new library choose another DATA_DIR.", file=sys.stderr)
        return _MISCONFIGURED
    return 0
