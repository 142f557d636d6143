"""What can happen in a library, each with whom and what is drawn."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from tests.end_to_end.walk.stage import MOST_COPIES, VOLUMES, Copy, Reader, Stage
from tests.end_to_end.walk.town import Broken, imported

Act = Callable[[], Awaitable[object]]
STATUSES = ("in_service", "in_service", "in_service", "in_repair", "missing", "lost", "reference_only")
CATEGORIES = ("adult", "student", "senior")
OVERRIDES = (
    "loan-limit-reached",
    "fines-owed",
    "copy-held-for-other",
    "not-loanable-by-policy",
    "too-many-overdue",
    "renewal-limit-reached",
    "held-by-other",
    "loan-recalled",
)


class Acts:
    """All acts on a stage. What is refused is fine; what is answered otherwise than foretold is not."""

    def __init__(self, stage: Stage, *, closings: bool = True) -> None:
        self.stage = stage
        self.town, self.rng = stage.town, stage.rng
        self.in_storm = False
        self.weighted: list[tuple[int, Act]] = [
            (14, self.lend),
            (14, self.bring_back),
            (10, self.place_hold),
            (8, self.change_loan),
            (6, self.change_hold),
            (6, self.settle_money),
            (4, self.charge),
            (3, self.reorder),
            (3, self.send),
            (3, self.change_copy),
            (3, self.move_home),
            (2, self.relabel),
            (3, self.put_elsewhere),
            (3, self.not_found),
            (2, self.change_category),
            (2, self.change_price),
            (6, self.pass_time),
            (3, self.pull),
            (2, self.storm),
            (2, self.file_again),
            (1, self.merge_members),
            (1, self.merge_books),
            (3, self.bind),
            (2, self.unbind),
        ]
        if closings:
            self.weighted.append((1, self.close_branch))

    async def one(self) -> str:
        """Do something; return what."""
        weights, acts = zip(*self.weighted, strict=True)
        (act,) = self.rng.choices(acts, weights)
        await act()
        return str(getattr(act, "__name__", act))

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Ask lending as a colleague, or with another token."""
        return await self.town.ask(method, "loans", path, body, token=token or self.stage.colleague, **headers)

    def copy(self) -> Copy:
        return self.rng.choice(self.stage.copies)

    def reader(self) -> Reader:
        return self.rng.choice(self.stage.readers)

    def branch(self) -> str:
        return self.rng.choice(self.stage.branches)

    # --- the desk

    async def lend(self, copy: Copy | None = None) -> None:
        copy, reader = copy or self.copy(), self.reader()
        body: dict[str, Any] = {"copy_barcode": copy.barcode, "card_number": reader.card, "branch": self.branch()}
        if self.rng.random() < 0.3:
            body["override"] = {"codes": list(OVERRIDES), "comment": "As it is a walk."}
        foretold = None if self.in_storm else (await self.ask("POST", "/v1/loans/decision", body)).json()["allowed"]
        lent = await self.ask("POST", "/v1/loans", body)
        if foretold is not None and foretold != (lent.status_code == 201):
            raise Broken(f"foretold {foretold}, but {lent.status_code}: {lent.text[:300]}")
        if lent.status_code == 201:
            copy.stands = None

    async def bring_back(self, copy: Copy | None = None) -> None:
        copy, branch = copy or self.copy(), self.branch()
        body: dict[str, Any] = {"copy_barcode": copy.barcode, "branch": branch}
        if self.rng.random() < 0.1:
            earlier = self.town.clock.now() - timedelta(hours=self.rng.randrange(72))
            body["returned_at"] = earlier.isoformat().replace("+00:00", "Z")
        back = await self.ask("POST", "/v1/returns", body)
        if back.is_success:
            copy.stands = branch if back.json()["next"] == "shelf" and not self.in_storm else None

    async def pull(self) -> None:
        branch = self.branch()
        listed = (await self.ask("GET", f"/v1/holds/pull-list?branch={branch}")).json()["items"]
        for item in listed[:2]:
            (copy,) = [each for each in self.stage.copies if each.copy_id == item["copy_id"]]
            back = await self.ask("POST", "/v1/returns", {"copy_id": item["copy_id"], "branch": branch})
            copy.stands = None
            if back.is_success and back.json()["next"] == "shelf":
                copy.stands = branch

    async def change_loan(self) -> None:
        loans = await self.open_loans()
        if not loans:
            return
        path = f"/v1/loans/{self.rng.choice(loans)['loan_id']}"
        later = (self.town.clock.now() + timedelta(days=self.rng.randrange(1, 20))).isoformat().replace("+00:00", "Z")
        override = {"override": {"codes": list(OVERRIDES), "comment": "As it is a walk."}}
        verb, body = self.rng.choice(
            [
                ("renew", {}),
                ("renew", override),
                ("due-date", {"due_at": later, "reason": "A walk."}),
                ("declare-lost", {}),
                ("declare-lost", {"price": {"amount": 700, "currency": "EUR"}}),
                ("claim-returned", {}),
                ("found", {"found_by": "library", "branch": self.branch()}),
                ("found", {"found_by": "borrower"}),
                *(("resolve", {"as": each}) for each in ("found_on_shelf", "missing", "forgiven", "charged")),
            ]
        )
        await self.ask("POST", f"{path}/{verb}", body)
        for copy in self.stage.copies:
            if verb in {"found", "resolve"}:
                copy.stands = None

    async def open_loans(self, member_id: str | None = None) -> list[dict[str, Any]]:
        of_whom = "" if member_id is None else f"&member_id={member_id}"
        found = []
        for status in ("open", "lost", "claimed_returned"):
            found += (await self.ask("GET", f"/v1/loans?limit=50&status={status}{of_whom}")).json()["items"]
        return found

    # --- those who wait

    async def place_hold(self, copy: Copy | None = None) -> None:
        copy, reader = copy or self.copy(), self.reader()
        body: dict[str, Any] = {"card_number": reader.card, "pickup_branch": self.branch()}
        body |= {"copy_id": copy.copy_id} if self.rng.random() < 0.25 else {"book_id": self.rng.choice(copy.titles)}
        if body.get("book_id") == copy.book_id and self.rng.random() < 0.8:
            body |= {} if copy.volume is None else {"volume": copy.volume}
        body |= {"kind": "recall"} if self.rng.random() < 0.2 else {}
        foretold = None if self.in_storm else (await self.ask("POST", "/v1/holds/decision", body)).json()["allowed"]
        placed = await self.ask("POST", "/v1/holds", body)
        if foretold is not None and foretold != (placed.status_code == 201):
            raise Broken(f"a hold was foretold {foretold}, but {placed.status_code}: {placed.text[:300]}")

    async def change_hold(self) -> None:
        hold = await self.a_hold("waiting", "ready", "in_transit")
        if hold is None:
            return
        path = f"/v1/holds/{hold['hold_id']}"
        verb, body = self.rng.choice(
            [("cancel", None), ("suspend", {}), ("resume", None), ("patch", {"pickup_branch": self.branch()})]
        )
        if verb == "patch":
            await self.ask("PATCH", path, body, If_Match="*")
        else:
            await self.ask("POST", f"{path}/{verb}", body)

    async def a_hold(self, *statuses: str) -> dict[str, Any] | None:
        found = []
        for status in statuses:
            found += (await self.ask("GET", f"/v1/holds?limit=50&status={status}")).json()["items"]
        return self.rng.choice(found) if found else None

    async def not_found(self) -> None:
        hold = await self.a_hold("waiting")
        if hold is not None:
            await self.ask("POST", f"/v1/holds/{hold['hold_id']}/not-found", {})

    async def reorder(self) -> None:
        path = f"/v1/hold-queues/{self.rng.choice(self.stage.books)}"
        ids = [each["hold_id"] for each in (await self.ask("GET", path)).json()["items"]]
        self.rng.shuffle(ids)
        await self.ask("PUT", path, {"hold_ids": ids}, If_Match="*")

    async def send(self) -> None:
        copy = self.copy()
        sent = await self.ask("POST", "/v1/transits", {"copy_barcode": copy.barcode, "to_branch": self.branch()})
        if sent.is_success:
            copy.stands = None

    # --- money

    async def settle_money(self) -> None:
        owed = (await self.ask("GET", "/v1/fines?limit=50&status=owed")).json()["items"]
        if not owed:
            return
        fine = self.rng.choice(owed)
        amount = self.rng.randint(1, fine["owed"]["amount"] + 1)
        money: dict[str, Any] = {"amount": amount, "currency": "EUR"}
        path = f"/v1/fines/{fine['fine_id']}"
        how = self.rng.randrange(4)
        if how == 0:
            await self.ask("POST", f"{path}/waive", {"reason": "A walk.", "amount": money})
            return
        money = fine["owed"] if how == 1 else money
        where = f"/v1/borrowers/{fine['member_id']}" if how == 2 else path
        paid = await self.ask("POST", f"{where}/payments", {"amount": money})
        if paid.is_success:
            self.stage.paid += money["amount"]

    async def charge(self) -> None:
        amount = {"amount": self.rng.randint(1, 900), "currency": "EUR"}
        await self.ask("POST", "/v1/charges", {"card_number": self.reader().card, "kind": "damage", "amount": amount})

    # --- the catalogue and the register

    async def change_copy(self) -> None:
        copy, status = self.copy(), self.rng.choice(STATUSES)
        await self.town.ask(
            "POST", "books", f"/v1/copies/{copy.copy_id}/status", {"status": status}, token=self.stage.colleague
        )

    async def move_home(self) -> None:
        copy, branch = self.copy(), self.branch()
        await self.town.settle()
        if await self.revise(copy, {"branch": branch}):
            before, copy.own = copy.home, branch
            copy.follow_home(before)
        await self.town.settle()

    async def put_elsewhere(self) -> None:
        """Let a copy belong elsewhere, or be another thing, for a while; or no more."""
        copy, branch = self.copy(), self.branch()
        until = self.town.clock.now() + timedelta(hours=self.rng.randrange(1, 24 * 20))
        says: dict[str, Any] | None = self.rng.choice([{"branch": branch}, {"item_type": "dvd"}, None])
        if says is not None:
            says |= {"until": self.rng.choice([None, until.isoformat().replace("+00:00", "Z")])}
        await self.town.settle()
        if await self.revise(copy, {"temporary": says}):
            before = copy.home
            copy.temporary = None if says is None else says.get("branch", copy.temporary)
            copy.until = until if says is not None and says["until"] else None
            copy.follow_home(before)
        await self.town.settle()

    async def revise(self, copy: Copy, body: dict[str, Any]) -> bool:
        path = f"/v1/copies/{copy.copy_id}"
        answer = await self.town.ask("PATCH", "books", path, body, token=self.stage.colleague, If_Match="*")
        return answer.is_success

    async def close_branch(self) -> None:
        """Let a branch close for good, another one have what is in it, and a third one open."""
        closes, into = self.rng.choice(self.stage.branches[2:]), self.rng.choice(self.stage.branches[:2])
        await self.stage.open_branch(f"N{self.stage.next_number()}")
        await self.town.settle()
        await self.stage.do("POST", "books", f"/v1/branches/{closes}/closure", {"copies_to": into})
        self.stage.branches.remove(closes)
        await self.town.apps["books"].state.stock.empty_closed_branches()
        await self.town.settle()
        await self.town.loans.holding.empty_closed_branches()
        for copy in self.stage.copies:
            before = copy.home
            copy.own = into if copy.own == closes else copy.own
            copy.temporary = into if copy.temporary == closes else copy.temporary
            copy.follow_home(before)
            copy.stands = into if copy.stands == closes else copy.stands
        await self.town.settle()

    async def end_temporary_places(self) -> None:
        await self.town.settle()
        await self.town.apps["books"].state.stock.end_temporary_places()
        for copy in self.stage.copies:
            if copy.until is not None and copy.until <= self.town.clock.now():
                before, copy.temporary, copy.until = copy.home, None, None
                copy.follow_home(before)
        await self.town.settle()

    async def relabel(self) -> None:
        copy = self.copy()
        body = {"volume": self.rng.choice((*VOLUMES, "2", None))}
        path = f"/v1/copies/{copy.copy_id}"
        await self.town.ask("PATCH", "books", path, body, token=self.stage.colleague, If_Match="*")
        copy.volume = body["volume"]

    async def change_price(self) -> None:
        price = {"amount": self.rng.randint(0, 5000), "currency": "EUR"}
        await self.revise(self.copy(), {"price": self.rng.choice([price, None])})

    async def change_category(self) -> None:
        path = f"/v1/members/{self.reader().member_id}"
        body = {"category": self.rng.choice(CATEGORIES)}
        await self.town.ask("PATCH", "members", path, body, token=self.stage.colleague, If_Match="*")

    async def merge_members(self) -> None:
        others = self.stage.readers[1:]
        goes, stays = self.rng.sample(others, 2)
        merged = await self.town.ask(
            "POST",
            "members",
            f"/v1/members/{goes.member_id}/merge",
            {"into": stays.member_id},
            token=self.stage.colleague,
        )
        if merged.is_success:
            self.stage.readers.remove(goes)
            stays.former += [goes.member_id, *goes.former]
            await self.stage.new_readers(self.rng.choice(CATEGORIES))

    async def bind(self) -> None:
        """Let a copy hold one more title, mostly one that has no copy of its own."""
        copy, titles = self.copy(), self.stage.pamphlets if self.rng.random() < 0.8 else self.stage.books
        title = self.rng.choice(titles or self.stage.books)
        path = f"/v1/copies/{copy.copy_id}/bound-with"
        bound = await self.town.ask("POST", "books", path, {"book_id": title}, token=self.stage.colleague)
        if bound.is_success:
            copy.bound_with.append(title)

    async def unbind(self) -> None:
        holding = [copy for copy in self.stage.copies if copy.bound_with]
        if holding:
            copy = self.rng.choice(holding)
            copy.bound_with.remove(title := self.rng.choice(copy.bound_with))
            await self.stage.do("DELETE", "books", f"/v1/copies/{copy.copy_id}/bound-with/{title}")

    async def merge_books(self) -> None:
        goes, stays = self.rng.sample([*self.stage.books, *self.stage.pamphlets], 2)
        merged = await self.town.ask(
            "POST", "books", f"/v1/books/{goes}/merge", {"into": stays}, token=self.stage.colleague
        )
        if merged.is_success:
            for copy in self.stage.copies:
                copy.book_id, *bound_with = (stays if title == goes else title for title in copy.titles)
                copy.bound_with = [each for each in dict.fromkeys(bound_with) if each != copy.book_id]
            left = [title for title in (*self.stage.books, *self.stage.pamphlets) if title != goes]
            self.stage.books = list(dict.fromkeys(copy.book_id for copy in self.stage.copies))
            self.stage.pamphlets = [title for title in left if title not in self.stage.books]
        if len(self.stage.copies) < MOST_COPIES or len(self.stage.books) < 2:
            await self.stage.new_books()

    async def file_again(self) -> None:
        """A file that comes again takes nothing back of what was done here since."""
        service, query, content = self.rng.choice(self.stage.files)
        before = await self.as_they_are()
        await imported(self.town, service, query, content, self.stage.colleague)
        after = await self.as_they_are()
        if before != after:
            changed = [(name, before[name], after[name]) for name in before if before[name] != after.get(name)]
            raise Broken(f"the same file again has changed something: {changed}")

    async def as_they_are(self) -> dict[str, Any]:
        """Return the copies and members as neighbours show them, without what time alone changes."""
        found: dict[str, Any] = {}
        for copy in self.stage.copies:
            shown = await self.stage.do("GET", "books", f"/v1/copies/{copy.copy_id}")
            facts = ("branch", "status", "price", "book_id", "item_type", "bound_with")
            found[copy.barcode] = {name: shown[name] for name in facts}
        for reader in self.stage.readers:
            shown = await self.stage.do("GET", "members", f"/v1/members/{reader.member_id}")
            found[reader.card] = {name: shown[name] for name in ("category", "name", "expires_on", "card_number")}
        return found

    # --- time, and many at once

    async def pass_time(self) -> None:
        hours = self.rng.choice([1, 5, 24, 24 * 3, 24 * 9, 24 * 20])
        self.town.pass_by(timedelta(hours=hours))
        await self.end_temporary_places()
        if self.rng.random() < 0.8:
            await self.town.sweep()

    async def storm(self) -> None:
        """Several desks do something with one copy at once."""
        copy, self.in_storm = self.copy(), True
        try:
            acts = [self.rng.choice((self.lend, self.bring_back, self.place_hold))(copy) for _ in range(5)]
            await asyncio.gather(*acts)
        finally:
            self.in_storm = False
            copy.stands = None
