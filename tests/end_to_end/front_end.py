"""The driver of a discovery front end, over httpx: every ability that VuFind and Aspen ask of one, by the public API.

`docs/front-ends.md` says in words what stands here in code. The front end is a client with a secret that was
registered for passwords; readers type card and PIN, or address and password, into its own page.
"""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import httpx

OAI = "{http://www.openarchives.org/OAI/2.0/}"


@dataclass(frozen=True, slots=True)
class Patron:
    """Who is signed in, for as long as the token lasts."""

    member_id: str
    card_number: str
    token: str


class FrontEnd:
    """Its methods have the names of VuFind's driver interface."""

    def __init__(self, http: httpx.AsyncClient, addresses: dict[str, str], *, client_id: str, secret: str) -> None:
        self._http = http
        self._books, self._members, self._loans = (addresses[name] for name in ("books", "members", "loans"))
        self._basic = httpx.BasicAuth(client_id, secret)

    # who somebody is

    async def patron_login(self, username: str, secret: str) -> Patron | None:
        form = {"grant_type": "password", "username": username, "password": secret}
        form |= {"end_user_address": "203.0.113.7"}  # of the reader's browser, as this page's own server sees it
        answer = await self._http.post(f"{self._members}/v1/auth/token", data=form, auth=self._basic)
        if not answer.is_success:
            return None
        token = answer.json()["access_token"]
        me = await self._get(f"{self._members}/v1/members/me", token)
        return Patron(me["member_id"], me["card_number"], token)

    async def get_my_profile(self, patron: Patron) -> dict[str, Any]:
        return await self._get(f"{self._members}/v1/members/me", patron.token)

    async def update_profile(self, patron: Patron, **changes: Any) -> dict[str, Any]:
        return await self._patch(f"{self._members}/v1/members/me", changes, patron.token)

    async def change_password(self, patron: Patron, old: str, new: str) -> None:
        body = {"current_password": old, "password": new}
        await self._ask("PUT", f"{self._members}/v1/accounts/me/password", patron.token, json=body)

    async def change_pin(self, patron: Patron, old: str | None, new: str) -> None:
        body = {"pin": new} if old is None else {"current_pin": old, "pin": new}
        await self._ask("PUT", f"{self._members}/v1/members/me/pin", patron.token, json=body)

    async def get_password_recovery_data(self, card_number: str, email: str) -> str:
        """Return the token to be mailed to `email`; the answer looks the same for strangers."""
        body, token = {"card_number": card_number, "email": email}, await self._own_token("members:recover")
        return str((await self._post(f"{self._members}/v1/members/recovery", body, token))["recovery_token"])

    async def reset_password(self, mailed: str, password: str) -> None:
        await self._post(f"{self._members}/v1/auth/recover", {"recovery_token": mailed, "password": password})

    async def reset_pin(self, mailed: str, pin: str) -> None:
        await self._post(f"{self._members}/v1/auth/recover", {"recovery_token": mailed, "pin": pin})

    async def get_request_blocks(self, patron: Patron) -> list[str]:
        return [each["code"] for each in (await self._borrower(patron))["refusals"]]

    get_account_blocks = get_request_blocks

    async def account_summary(self, patron: Patron) -> dict[str, Any]:
        return await self._borrower(patron)

    # what there is

    async def get_statuses(self, book_ids: list[str]) -> dict[str, dict[str, Any]]:
        """Return copies and the length of the queue of up to a hundred titles, in two calls."""
        asked = [("book_id", each) for each in book_ids]
        held = (await self._get(f"{self._books}/v1/books/holdings", params=asked))["items"]
        queues = (await self._get(f"{self._loans}/v1/hold-queues", params=asked))["items"]
        waiting = {each["book_id"]: each["waiting"] for each in queues}
        return {each["book_id"]: {**each, "waiting": waiting[each["book_id"]]} for each in held}

    async def get_holding(self, book_id: str, *, limit: int = 50) -> list[dict[str, Any]]:
        return await self._all(f"{self._books}/v1/books/{book_id}/copies", limit=limit)

    async def get_new_items(self, limit: int) -> list[str]:
        page = await self._get(f"{self._books}/v1/books", params={"sort": "-added_at", "limit": limit})
        return [each["book_id"] for each in page["items"]]

    async def get_suppressed_records(self, since: str) -> list[str]:
        """Return the titles that were removed since a moment."""
        asked = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "from": since}
        answer = await self._http.get(f"{self._books}/oai", params=asked)
        headers = ET.fromstring(answer.content).iter(f"{OAI}header")
        gone = [header for header in headers if header.get("status") == "deleted"]
        return [str(header.findtext(f"{OAI}identifier")).rpartition(":")[2] for header in gone]

    async def get_offline_mode(self) -> bool:
        answers = [await self._http.get(f"{each}/health/ready") for each in (self._books, self._members, self._loans)]
        return not all(answer.is_success and answer.json()["status"] == "ready" for answer in answers)

    # holds

    async def get_pick_up_locations(self, patron: Patron, book_id: str) -> list[str]:
        asked = {"book_id": book_id}
        found = await self._get(f"{self._loans}/v1/holds/pickup-branches", patron.token, params=asked)
        return [each["code"] for each in found["items"]]

    async def get_default_pick_up_location(self, patron: Patron) -> str | None:
        home: str | None = (await self.get_my_profile(patron))["home_branch"]
        return home

    async def check_request_is_valid(self, patron: Patron, book_id: str, **details: Any) -> list[str]:
        """Return the codes of what speaks against a hold."""
        told = await self._post(f"{self._loans}/v1/holds/decision", {"book_id": book_id, **details}, patron.token)
        return [each["code"] for each in told["refusals"]]

    async def place_hold(self, patron: Patron, **details: Any) -> dict[str, Any]:
        return await self._post(f"{self._loans}/v1/holds", details, patron.token)

    async def get_my_holds(self, patron: Patron) -> list[dict[str, Any]]:
        return await self._all(f"{self._loans}/v1/holds/mine", patron.token, status="active")

    async def freeze_hold(self, patron: Patron, hold_id: str, until: str | None = None) -> dict[str, Any]:
        body = {} if until is None else {"until": until}
        return await self._post(f"{self._loans}/v1/holds/{hold_id}/suspend", body, patron.token)

    async def thaw_hold(self, patron: Patron, hold_id: str) -> dict[str, Any]:
        return await self._post(f"{self._loans}/v1/holds/{hold_id}/resume", {}, patron.token)

    async def update_hold(self, patron: Patron, hold_id: str, **changes: Any) -> dict[str, Any]:
        return await self._patch(f"{self._loans}/v1/holds/{hold_id}", changes, patron.token)

    async def cancel_hold(self, patron: Patron, hold_id: str) -> dict[str, Any]:
        return await self._post(f"{self._loans}/v1/holds/{hold_id}/cancel", {}, patron.token)

    # loans

    async def get_my_transactions(self, patron: Patron, **asked: Any) -> dict[str, Any]:
        """Return a page of what is on loan, with `renewal`, `waiting` and `total`."""
        asked = {"status": "open", "include": "renewal", **asked}
        return await self._get(f"{self._loans}/v1/loans/mine", patron.token, params=asked)

    async def renew_my_items(self, patron: Patron, loan_ids: list[str]) -> dict[str, Any]:
        """Return for each loan its new due date, or the codes of what spoke against it."""
        return {each: await self._renewed(patron, each) for each in loan_ids}

    async def get_my_transaction_history(self, patron: Patron) -> list[dict[str, Any]]:
        return await self._all(f"{self._loans}/v1/loans/mine", patron.token, status="returned")

    async def purge_transaction_history(self, patron: Patron, loan_id: str | None = None) -> None:
        asked = {} if loan_id is None else {"loan_id": loan_id}
        await self._ask("DELETE", f"{self._loans}/v1/borrowers/me/history", patron.token, params=asked)

    # money

    async def get_my_fines(self, patron: Patron) -> list[dict[str, Any]]:
        return await self._all(f"{self._loans}/v1/fines/mine", patron.token, status="owed")

    async def register_payment(self, patron: Patron, fines: list[dict[str, Any]], reference: str) -> dict[str, Any]:
        """Tell of one payment for several fines; the reference of the payment counts once."""
        cents = sum(each["owed"]["amount"] for each in fines)
        body = {
            "amount": {"amount": cents, "currency": fines[0]["owed"]["currency"]},
            "fine_ids": [each["fine_id"] for each in fines],
            "reference": reference,
        }
        path, token = f"/v1/borrowers/{patron.member_id}/payments", await self._own_token("fines:pay")
        return await self._post(f"{self._loans}{path}", body, token)

    async def _borrower(self, patron: Patron) -> dict[str, Any]:
        return await self._get(f"{self._loans}/v1/borrowers/{patron.member_id}", patron.token)

    async def _renewed(self, patron: Patron, loan_id: str) -> Any:
        headers = {"Authorization": f"Bearer {patron.token}"}
        answer = await self._http.post(f"{self._loans}/v1/loans/{loan_id}/renew", json={}, headers=headers)
        body = answer.json()
        return body["due_at"] if answer.is_success else [each["code"] for each in body["errors"]]

    async def _own_token(self, scope: str) -> str:
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = await self._http.post(f"{self._members}/v1/auth/token", data=form, auth=self._basic)
        return str(answer.raise_for_status().json()["access_token"])

    async def _all(self, address: str, token: str | None = None, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self._get(address, token, params=asked | ({"cursor": cursor} if cursor else {}))
            found, cursor = found + page["items"], page["next_cursor"]
        return found

    async def _get(self, address: str, token: str | None = None, params: Any = None) -> dict[str, Any]:
        return await self._ask("GET", address, token, params=params)

    async def _post(self, address: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        return await self._ask("POST", address, token, json=body)

    async def _patch(self, address: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        return await self._ask("PATCH", address, token, json=body, headers={"If-Match": "*"})

    async def _ask(self, method: str, address: str, token: str | None, **how: Any) -> dict[str, Any]:
        headers = how.pop("headers", {}) | ({} if token is None else {"Authorization": f"Bearer {token}"})
        answer = await self._http.request(method, address, headers=headers, **how)
        assert answer.is_success, f"{method} {answer.request.url}: {answer.status_code} {answer.text}"
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body
