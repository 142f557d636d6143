"""Commands for whoever runs the library and sits at its machine: a token without a browser, and a way back in."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.settings import Settings
from members_service.wiring.commands import opened
from members_service.wiring.ports import data_keys_of, signing_keys_of
from members_service.wiring.service import SERVICE
from shared.command_line import MISCONFIGURED, exit_on_failure, exit_with, load_or_exit
from shared.environment import ConfigurationError
from shared.operating.doctor import Look, NotLookedAt

_NO_DATABASE = "The database cannot be used: {}. Is it migrated?"


def token(
    account: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="An account, by e-mail address or card number.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="A client of MEMBERS_CLIENTS.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only this; may be given more than once.")] = None,
) -> None:
    """Print an access token, good for 15 minutes, in the name of an account or of a client. It is on record."""
    if (account is None) == (client is None):
        exit_with("Say either --as or --client.", MISCONFIGURED)
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure(_NO_DATABASE):
        issued = asyncio.run(_token(settings, account, client, frozenset(scope) if scope else None))
    typer.echo(f"Good for {issued.expires_in // 60} minutes and for: {issued.scope}", err=True)
    typer.echo(issued.access_token)


def unlock(
    name: Annotated[str, typer.Argument(help="The user name: an e-mail address, or the number of a card.")],
    address: Annotated[str | None, typer.Option(help="The tries of this IP address and its network, too.")] = None,
) -> None:
    """Give back all tries to sign in with a user name, and with the PIN of a card, after too many wrong ones."""
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure(_NO_DATABASE):
        asyncio.run(_unlock(settings, name, address))
    typer.echo(f"{name} can be tried again.", err=True)


def hold_notices() -> None:
    """Put notices to members into shadow until somebody releases them: after a backup was restored."""
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure(_NO_DATABASE):
        were_on = asyncio.run(_hold_notices(settings))
    typer.echo(
        "Nothing goes out until PUT /v1/notice-settings says so." if were_on else "None were going out.", err=True
    )


async def _hold_notices(settings: Settings) -> bool:
    async with opened(settings) as use_cases:
        return await use_cases.notice_sending.hold()


def looks_at_keys(settings: Settings) -> Mapping[str, Look]:
    """Return the checks of `doctor` on the files of keys that members has itself."""
    signing, sealing = signing_keys_of(settings).load, data_keys_of(settings).load
    return {
        "keys": partial(_key_file, settings.signing_keys_file, signing, made=settings.make_signing_key),
        "data-keys": partial(_key_file, settings.data_keys_file, sealing, made=settings.make_data_keys),
    }


async def _key_file(path: Path | None, load: Callable[[], None], *, made: bool) -> str:
    """Say what is wrong with a file of keys; a missing one is not made."""
    if path is None:
        raise NotLookedAt("no setting names their file, without which members does not serve")
    if made and not await asyncio.to_thread(path.exists):
        raise NotLookedAt(f"{path} is made at the first start")
    try:
        load()
    except ConfigurationError as error:
        return error.sentences[0]
    return ""


async def _token(
    settings: Settings, account: str | None, client: str | None, scopes: frozenset[str] | None
) -> IssuedTokens:
    async with opened(settings) as use_cases:
        issue = use_cases.identity.signing_in.issue_to_operator
        if account is not None:
            return await issue.as_account(account, scopes=scopes)
        return await issue.as_client(client or "", scopes=scopes)


async def _unlock(settings: Settings, name: str, address: str | None) -> None:
    async with opened(settings) as use_cases:
        await use_cases.identity.signing_in.unlock(name, address=address)
