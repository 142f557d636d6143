"""The page on which people see to their passkeys, after they have signed in on ours."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from members_service.api.dependencies import address_of
from members_service.api.identity.passkeys import PasskeyRequest, site_of
from members_service.api.identity.sign_in_page import Visit
from members_service.application.identity.passkeys.add_passkey import NewPasskey
from members_service.application.identity.passkeys.change_passkeys import OwnPasskey
from members_service.application.identity.second_factor.offer_second_factor import OwnAccount
from members_service.application.identity.sessions.session_views import SignedInHere
from members_service.application.identity.use_cases import PasskeyUseCases
from members_service.domain.identity.passkey import TooManyPasskeys
from members_service.domain.owner_check import SignInTooOld
from shared.kernel.errors import LibraryError

PASSKEYS = "passkeys"
"""What the field `then` says where this page comes first."""

_REMOVE = "remove_passkey "


@dataclass(frozen=True, slots=True)
class PasskeyPage:
    """One request for this page: `fields` are those of the client's request, `here` is who is signed in."""

    request: Request
    visit: Visit
    fields: Mapping[str, str]
    passkeys: PasskeyUseCases
    here: SignedInHere | None

    @staticmethod
    def is_for(action: str) -> bool:
        """Whether a button of this page was pressed, or the one that leads to it."""
        return action in {PASSKEYS, "add_passkey"} or action.startswith(_REMOVE)

    async def after(self, form: Mapping[str, str]) -> HTMLResponse:
        """Do what the form asks for, and return the page as it is then."""
        action = form["action"]
        if self.here is None:
            return self._sign_in("signed_out")
        try:
            if action == "add_passkey":
                await self._add(form)
                return await self.show(done="passkey_done")
            if action.startswith(_REMOVE):
                await self.passkeys.remove(OwnPasskey(self._owner, _id_in(action), address=address_of(self.request)))
                return await self.show(done="passkey_gone")
        except ValidationError:
            return await self.show(wrong="passkey_unnamed", status=400)
        except SignInTooOld:
            return self._sign_in("passkeys_again")
        except LibraryError as error:
            return await self.show(wrong=error.code, status=400)
        return await self.show()

    async def show(self, *, wrong: str | None = None, done: str | None = None, status: int = 200) -> HTMLResponse:
        """Return the page, or that to sign in on where somebody proved who they are too long ago."""
        if self.here is None:
            return self._sign_in("signed_out")
        options: Mapping[str, Any] | None
        try:
            options = await self.passkeys.offer(self._owner, site_of(self.request))
        except SignInTooOld:
            return self._sign_in("passkeys_again")
        except TooManyPasskeys:
            options = None
        except LibraryError as error:
            return self.visit.page(self.fields, username=self.here.email, wrong=error.code, status=400)
        found = await self.passkeys.show(self._owner.account_id)
        return self.visit.passkeys_page(
            self.fields, found, username=self.here.email, options=options, wrong=wrong, done=done, status=status
        )

    async def _add(self, form: Mapping[str, str]) -> None:
        try:
            credential = json.loads(form.get("credential", ""))
        except (ValueError, RecursionError):
            credential = {}
        body = PasskeyRequest(
            name=form.get("passkey_name", ""), credential=credential if isinstance(credential, dict) else {}
        )
        command = NewPasskey(self._owner, site_of(self.request), body.name, body.credential, address_of(self.request))
        await self.passkeys.add(command)

    @property
    def _owner(self) -> OwnAccount:
        if self.here is None:
            raise RuntimeError("nobody is signed in here")
        return OwnAccount(self.here.account_id, self.here.session)

    def _sign_in(self, wrong: str) -> HTMLResponse:
        username = "" if self.here is None else self.here.email
        return self.visit.page({**self.fields, "then": PASSKEYS}, username=username, wrong=wrong)


def _id_in(action: str) -> UUID:
    try:
        return UUID(action.removeprefix(_REMOVE))
    except ValueError:
        return UUID(int=0)  # of no passkey
