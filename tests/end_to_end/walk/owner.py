"""The owner of a staff account, who tries everything by which staff could favour themselves."""

from datetime import datetime, timedelta
from typing import Any

from tests.end_to_end.walk.acts import OVERRIDES, Acts
from tests.end_to_end.walk.town import Broken


class Owner:
    """Does for herself, alone, what only a colleague may do for her. It must never be done."""

    def __init__(self, acts: Acts) -> None:
        self.acts, self.stage, self.town, self.rng = acts, acts.stage, acts.town, acts.rng
        self.refused = 0

    async def try_something(self) -> None:
        """Try one thing. Raises Broken when it is done."""
        tries = (self._a_loan, self._a_return, self._money, self._a_hold, self._a_place, self._her_membership)
        await self.rng.choice(tries)()

    async def _attempt(self, method: str, path: str, body: object, *, service: str = "loans", **headers: str) -> None:
        answer = await self.town.ask(method, service, path, body, token=self.stage.herself, **headers)
        if answer.is_success:
            raise Broken(f"the owner did for herself: {method} {path} {body}: {answer.text[:300]}")
        self.refused += "four-eyes" in answer.text

    async def _a_loan(self) -> None:
        loans = await self.acts.open_loans(self.stage.owner.member_id)
        override: dict[str, Any] = {"override": {"codes": list(OVERRIDES), "comment": "Mine."}}
        later = (self.town.clock.now() + timedelta(days=5)).isoformat().replace("+00:00", "Z")
        if not loans:
            asked: dict[str, Any] = self.rng.choice([override, {"due_at": later}])
            named = {"copy_barcode": self.acts.copy().barcode, "card_number": self.stage.owner.card}
            await self._attempt("POST", "/v1/loans", named | asked)
            return
        verb, body = self.rng.choice(
            [
                ("renew", override),
                ("due-date", {"due_at": later, "reason": "Mine."}),
                ("declare-lost", {"price": {"amount": 1, "currency": "EUR"}}),
                ("claim-returned", {}),
                ("found", {"found_by": "library"}),
                ("found", {"found_by": "borrower"}),
                *(("resolve", {"as": each}) for each in ("found_on_shelf", "missing", "forgiven", "charged")),
            ]
        )
        await self._attempt("POST", f"/v1/loans/{self.rng.choice(loans)['loan_id']}/{verb}", body)

    async def _a_return(self) -> None:
        for loan in await self.acts.open_loans(self.stage.owner.member_id):
            is_old = datetime.fromisoformat(loan["checked_out_at"]) < self.town.clock.now()
            if loan["status"] == "open" and not is_old:
                continue
            earlier: dict[str, Any] = {"returned_at": loan["checked_out_at"]} if loan["status"] == "open" else {}
            body = {"copy_barcode": loan["barcode"]} | earlier
            await self._attempt("POST", "/v1/returns", body)

    async def _money(self) -> None:
        own = self.stage.owner.member_id
        amount = {"amount": {"amount": 1, "currency": "EUR"}}
        for fine in (await self.acts.ask("GET", f"/v1/fines?member_id={own}&status=owed")).json()["items"]:
            path = f"/v1/fines/{fine['fine_id']}"
            await self._attempt("POST", f"{path}/waive", {"reason": "Mine."})
            await self._attempt("POST", f"{path}/payments", amount)
            await self._attempt("POST", f"/v1/borrowers/{own}/payments", amount)

    async def _a_hold(self) -> None:
        body = {"book_id": self.rng.choice(self.stage.books), "card_number": self.stage.owner.card}
        override = {"codes": ["hold-limit-reached", "already-on-loan-to-member"], "comment": "Mine."}
        await self._attempt("POST", "/v1/holds", body | {"override": override})

    async def _a_place(self) -> None:
        own = self.stage.owner.member_id
        for book_id in self.stage.books:
            path = f"/v1/hold-queues/{book_id}"
            queue = (await self.acts.ask("GET", path)).json()["items"]
            mine = [each["hold_id"] for each in queue if each["member_id"] == own]
            others = [each["hold_id"] for each in queue if each["member_id"] != own]
            if mine and queue[0]["hold_id"] not in mine:
                await self._attempt("PUT", path, {"hold_ids": mine + others}, If_Match="*")

    async def _her_membership(self) -> None:
        path = f"/v1/members/{self.stage.owner.member_id}"
        method, where, body = self.rng.choice(
            [
                ("PATCH", path, {"category": "staff"}),
                ("PATCH", path, {"expires_on": "2050-01-01"}),
                ("POST", f"{path}/renew", {}),
                ("POST", f"{path}/reinstate", {}),
                ("POST", f"{path}/suspend", {"reason": "Shorter."}),
                ("POST", f"{path}/merge", {"into": self.stage.readers[1].member_id}),
            ]
        )
        headers = {"If_Match": "*"} if method == "PATCH" else {}
        await self._attempt(method, where, body, service="members", **headers)
