"""The command line of the members service."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from members_service.adapters.identity.key_ring import KeyRingFile
from members_service.adapters.privacy.erased_list import UnreadableLine, ids_in, line_of
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.application.identity.rotate_key import NextKey
from members_service.application.privacy.audit_views import AuditFilter
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import LastAdmin
from members_service.file_commands import export_everything, import_file
from members_service.mail_checks import looks_at_mail
from members_service.operator_commands import hold_notices, looks_at_keys, token, unlock
from members_service.persistence.data_keys import CannotBeOpened
from members_service.persistence.membership.tables import imports
from members_service.settings import BackgroundSettings, Settings, WorkerSettings
from members_service.wiring.commands import opened, reencrypt
from members_service.wiring.ports import data_keys_of, signing_keys_of
from members_service.wiring.service import SERVICE, database_of, finish_migration
from shared.command_line import (
    FAILED,
    MISCONFIGURED,
    Application,
    exit_on_failure,
    exit_with,
    load_or_exit,
    serve_over_http,
    service_commands,
)
from shared.configuration import load
from shared.messaging.worker import BackgroundWorker
from shared.operating import add_operator_commands
from shared.operating.imports import add_imports
from shared.operating.recount import add_recount


def _serve(app: Application, **how: Any) -> None:
    """Serve, but not without a key to sign with and keys for personal data."""
    settings = load(Settings)
    with exit_on_failure("The keys cannot be read: {}."):
        signing_keys_of(settings).load()
        data_keys_of(settings).load()
    serve_over_http(app, **how)


def _create_app(settings: Settings) -> Application:
    from members_service.main import create_app  # noqa: PLC0415 - no command but `serve` and `openapi` pays for FastAPI

    return create_app(settings)


def _create_worker(settings: WorkerSettings) -> BackgroundWorker:
    from members_service.worker import create_worker  # noqa: PLC0415 - it asks books

    return create_worker(settings)


commands = service_commands(
    service=SERVICE.name,
    settings=Settings,
    background=BackgroundSettings,
    worker=WorkerSettings,
    create_app=_create_app,
    create_worker=_create_worker,
    package=SERVICE.package,
    database_of=database_of,
    serve_app=_serve,
    finish_migration=finish_migration,
    port=8002,
    version=SERVICE.version,
)
add_operator_commands(
    commands,
    SERVICE,
    settings=Settings,
    background=WorkerSettings,
    create_worker=_create_worker,
    neighbours=("books",),
    own_looks=lambda settings: {**looks_at_keys(settings), **looks_at_mail(settings)},
)
add_recount(commands, SERVICE, settings=BackgroundSettings)
add_imports(commands, SERVICE, settings=BackgroundSettings, tables=imports)

commands.command("import")(import_file)
commands.command("export")(export_everything)
commands.command("token")(token)
commands.command("unlock")(unlock)
commands.command("hold-notices")(hold_notices)


@commands.command("reencrypt")
def reencrypt_everything() -> None:
    """Seal all personal data under the newest key of MEMBERS_DATA_KEYS_FILE. Safe to interrupt, and to run twice."""
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure("The data cannot be sealed: {}. Is the database migrated?"):
        try:
            changed = asyncio.run(reencrypt(settings))
        except CannotBeOpened as error:
            exit_with(f"Not everything could be sealed anew: {error}.", FAILED)
    typer.echo(f"Sealed {changed} rows under the newest key.", err=True)


@commands.command("create-account")
def create_account_from_outside(
    email: Annotated[str, typer.Option(help="The e-mail address to sign in with.")],
    role: Annotated[list[str], typer.Option(help="What the account may do; may be given more than once.")],
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password; standard input if absent, asked for at a terminal.")
    ] = None,
) -> None:
    """Open an account that can sign in at once: how the first admin comes to be."""
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    command = NewAccount(email, _password(password_file), role)
    with exit_on_failure("The account cannot be written: {}. Is the database migrated?"):
        account_id = asyncio.run(_create(settings, command))
    typer.echo(account_id)


@commands.command("rotate-key")
def rotate_key_from_outside() -> None:
    """Add the key that signs next, and take away those whose tokens are all gone.

    It is published at once and signs once everybody can know it (MEMBERS_KEY_LEAD_TIME). Running services need no
    restart.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    path = settings.signing_keys_file
    if path is None:
        exit_with("MEMBERS_SIGNING_KEYS_FILE is missing: the PEM file or folder that gets the new key.", MISCONFIGURED)
    with exit_on_failure("A key was added, but the audit trail cannot be written: {}."):
        added = asyncio.run(_rotate(settings, path))
    typer.echo(f"{added.kid} signs from {added.signs_at:%Y-%m-%dT%H:%M:%SZ}; {added.removed} old keys are gone.")


@commands.command("erased")
def list_erased(
    since: Annotated[
        str | None, typer.Option(help="Only those from this moment on, such as 2026-03-02T10:00:00Z.")
    ] = None,
) -> None:
    """Write the ids of erased members, oldest first, a line each: to be kept outside the database, for erase-again."""
    settings = load_or_exit(Settings, SERVICE.name)
    try:
        moment = None if since is None else datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if since is not None and (moment is None or moment.tzinfo is None):
        exit_with("--since is a moment with its zone, such as 2026-03-02T10:00:00Z.", MISCONFIGURED)
    with exit_on_failure("The audit trail cannot be read: {}. Is the database migrated?"):
        lines = asyncio.run(_erased(settings, moment))
    for line in lines:
        typer.echo(line)


@commands.command("erase-again")
def erase_again_from_outside(
    file: Annotated[Path, typer.Argument(help="What `erased` wrote, or log lines; - reads standard input.")],
) -> None:
    """After a restore: erase again whom the backup has brought back, and let lending forget them, too.

    Safe to interrupt, and to run twice. What is neither an id nor tells of an erasure is passed over if it is JSON.
    """
    settings = load_or_exit(Settings, SERVICE.name)
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        ids = list(ids_in(text.splitlines()))
    except (OSError, UnicodeDecodeError):
        exit_with(f"The list cannot be read from {file}.", MISCONFIGURED)
    except UnreadableLine as error:
        exit_with(f"The list cannot be used: {error}. Nothing was erased.", MISCONFIGURED)
    with exit_on_failure("Not everybody could be erased again: {}. Run it again."):
        back, refused = asyncio.run(_erase_again(settings, ids))
    typer.echo(f"{len(ids)} listed, {back} of them were back and are erased again.", err=True)
    if refused:
        exit_with(f"Not erased, for nobody else administers the library: {' '.join(map(str, refused))}.", FAILED)


async def _erased(settings: Settings, since: datetime | None) -> list[str]:
    criteria = AuditFilter(action=AuditAction.ERASED, since=since)
    async with opened(settings) as use_cases:
        found = await use_cases.privacy.audit.records(criteria, limit=None, before=None)
    return [line_of(record.member_id, record.at) for record in reversed(found) if record.member_id is not None]


async def _erase_again(settings: Settings, ids: list[UUID]) -> tuple[int, list[UUID]]:
    """Return how many were back, and who could not be erased."""
    back, refused = 0, []
    async with opened(settings) as use_cases:
        for member_id in ids:
            try:
                back += await use_cases.privacy.erase_again(member_id)
            except LastAdmin:
                refused.append(member_id)
    return back, refused


async def _rotate(settings: Settings, path: Path) -> NextKey:
    async with opened(settings) as use_cases:
        return await use_cases.identity.accounts.rotate_key(KeyRingFile(path, lead=settings.key_lead))


async def _create(settings: Settings, command: NewAccount) -> str:
    async with opened(settings) as use_cases:
        created = await use_cases.identity.accounts.create_account(command)
    return str(created.account.account_id)


def _password(file: Path | None) -> str:
    """Read the password from a file or from standard input; one line end behind it does not belong to it.

    At a terminal it is asked for, and not shown.
    """
    if file is None and sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        text = sys.stdin.read() if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        exit_with(f"The password cannot be read from {file or 'standard input'}.", MISCONFIGURED)
    return text.removesuffix("\n").removesuffix("\r")


if __name__ == "__main__":
    commands()
