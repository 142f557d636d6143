"""What the walk plays with: a few copies and people, and the rules that they are lent by."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from members_service.domain.identity.roles import Role
from tests.end_to_end.walk.town import Broken, Town, done, imported

BRANCHES = ("MAIN", "EAST", "WEST")
"""With which the walk begins. All but the first two, among which copies float, may close, and others open."""
FLOATS_IN = "EAST"
MOST_COPIES = 14
VOLUMES = ("1", "Vol. 2", "3")


@dataclass(eq=False)
class Copy:
    """A copy as the walk knows it; `stands` is where somebody put it on a shelf last, if that is known.

    `volume` is which part of its book it is, and `bound_with` are other titles that are bound in it.
    It belongs into the branch `own`, and for a while into `temporary`, `until` then or for ever.
    """

    copy_id: str
    barcode: str
    book_id: str
    own: str
    stands: str | None = None
    volume: str | None = None
    temporary: str | None = None
    until: datetime | None = None
    bound_with: list[str] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [self.book_id, *self.bound_with]

    @property
    def home(self) -> str:
        return self.temporary or self.own

    def follow_home(self, before: str) -> None:
        """Be carried from the shelf where it was at home to where that is now; what has floated there is lost sight of.

        Any other copy stays where it is.
        """
        if self.home != before and self.stands == before:
            self.stands = self.home
        elif self.home != before and self.stands == self.home:
            self.stands = None


@dataclass
class Reader:
    """A member. `former` are the ids of records that were merged into this one."""

    member_id: str
    card: str
    former: list[str] = field(default_factory=list)


class Stage:
    """The library before and during the walk. The owner is a reader who is also of the staff.

    Each of the `books` has copies; of the `pamphlets` there are none but those of others in which they are bound.
    """

    def __init__(self, town: Town) -> None:
        self.town = town
        self.rng: Random = town.rng
        self.copies: list[Copy] = []
        self.books: list[str] = []
        self.pamphlets: list[str] = []
        self.branches: list[str] = []
        self.readers: list[Reader] = []
        self.paid = 0
        self.files: list[tuple[str, str, bytes]] = []
        self._number = 0

    @property
    def colleague(self) -> str:
        """Somebody of the staff who is no member."""
        return self.town.token(Role.ADMIN, subject="01900000-0000-7000-8000-00000000c011")

    @property
    def owner(self) -> Reader:
        return self.readers[0]

    @property
    def herself(self) -> str:
        """The owner, at work."""
        return self.town.token(Role.ADMIN, self.owner.member_id, subject="01900000-0000-7000-8000-000000000e11")

    def next_number(self) -> int:
        self._number += 1
        return self._number

    async def do(self, method: str, service: str, path: str, body: object = None, **headers: str) -> Any:
        """Do something as a colleague; it must be done."""
        return await done(await self.town.ask(method, service, path, body, token=self.colleague, **headers))

    async def open(self) -> None:
        """Furnish the library: branches, rules, two files of books and members."""
        for code in BRANCHES:
            await self.open_branch(code)
        await self._put_rules()
        await self.new_books(3)
        for title in ("Pamphlet", "Broadsheet"):
            self.pamphlets.append((await self.do("POST", "books", "/v1/books", {"title": title}))["book_id"])
        await self.new_readers("staff", "adult", "adult", "child", "student")
        await self.town.settle()

    async def open_branch(self, code: str) -> None:
        await self.do("POST", "books", "/v1/branches", {"code": code, "name": code})
        self.branches.append(code)

    async def _put_rules(self) -> None:
        table = await self.do("GET", "loans", "/v1/policies")
        kept = {name: value for name, value in table.items() if name not in {"version", "made_at", "cases"}}
        for rule in kept["rules"]:
            rule["recall"] = {"minimum_days": 3, "due_in_days": 2} if rule["name"] == "adult" else None
        floats = {"name": "floats", "branch": FLOATS_IN, "period": {"amount": 10, "unit": "days"}, "renewals": 1}
        hours = {"name": "hours", "branch": "WEST", "category": "student", "period": {"amount": 6, "unit": "hours"}}
        in_a_group = {"name": "floats in a group", "branch": "MAIN", "period": {"amount": 20, "unit": "days"}}
        in_a_group |= {"after_return": "stays", "floats_among": ["MAIN", FLOATS_IN]}
        kept["rules"] += [floats | {"after_return": "stays"}, hours | {"renewals": 3, "auto_renew": True}, in_a_group]
        for terms in kept["terms"]:
            terms |= {"most_loans": 4, "most_holds": 3}
        await self.do("PUT", "loans", "/v1/policies", kept | {"cases": []}, If_Match="*")

    async def new_books(self, number: int = 1) -> None:
        """Let a file, which is kept to be sent again, bring books with two copies each."""
        records = [self._a_book(self.next_number()) for _ in range(number)]
        await self._bring("books", "format=json", records)
        for copy in (copy for record in records for copy in record["copies"]):
            (found,) = (await self.do("GET", "books", f"/v1/copies?barcode={copy['barcode']}"))["items"]
            where = found["branch"]
            copy_of = {"book_id": found["book_id"], "own": where, "stands": where, "volume": found["volume"]}
            self.copies.append(Copy(found["copy_id"], copy["barcode"], **copy_of))
        self.books = list(dict.fromkeys(copy.book_id for copy in self.copies))

    def _a_book(self, number: int) -> dict[str, Any]:
        copies = [
            {"barcode": f"C{number:04}{each}", "branch": self.rng.choice(self.branches), "price": price}
            for each, price in enumerate((None, {"amount": 1500, "currency": "EUR"}))
        ]
        if number % 2:  # every other book is in two volumes
            copies = [copy | {"volume": volume} for copy, volume in zip(copies, VOLUMES, strict=False)]
        about = {"external_id": f"book-{number}", "title": f"Book {number}", "authors": ["A. Walker"]}
        return about | {"copies": copies}

    async def new_readers(self, *categories: str) -> None:
        """Let a file, which is kept to be sent again, bring a member of each category."""
        records = [self._a_reader(self.next_number(), category) for category in categories]
        await self._bring("members", "format=json", records)
        for record in records:
            (found,) = (await self.do("GET", "members", f"/v1/members?card_number={record['card_number']}"))["items"]
            self.readers.append(Reader(found["member_id"], record["card_number"]))

    def _a_reader(self, number: int, category: str) -> dict[str, Any]:
        record = {"external_id": f"reader-{number}", "card_number": f"R{number:06}", "name": f"Reader {number}"}
        born = {"date_of_birth": "2020-05-05"} if category == "child" else {}
        return record | born | {"category": category, "expires_on": "2040-01-01"}

    async def _bring(self, service: str, query: str, records: list[dict[str, Any]]) -> None:
        content = json.dumps(records).encode()
        self.files.append((service, query, content))
        job = await imported(self.town, service, query, content, self.colleague)
        if job["failed"] or job["created"] < len(records):
            raise Broken(f"a file was not taken in: {job}")
