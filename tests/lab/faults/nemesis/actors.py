"""Desks, a kiosk, members, a cataloguer and leavers: each repeats with the same key until it is answered."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.end_to_end.library import Copy, Member
from tests.lab.faults.nemesis.besieged.library import BesiegedLibrary
from tests.lab.faults.nemesis.history import Act, History

_LONGEST_TRY = 4.0  # seconds for one try
_PAUSE = 0.15  # seconds before the next
PASSING = {429, 502, 503, 504}
"""The answers that say: repeat it in a moment."""


@dataclass(slots=True)
class Scene:
    """Who and what is there, and what is known of it."""

    library: BesiegedLibrary
    copies: list[Copy]
    books: list[str]
    readers: list[Member]  # the first `children` of them are children
    children: int
    tokens: dict[str, str]  # of the roles, and of members by their id
    holds: list[tuple[str, str]] = field(default_factory=list)  # of whom, which
    fines: list[str] = field(default_factory=list)
    left: list[Member] = field(default_factory=list)


class Actor:
    """Somebody with a token, who goes to either of two processes, as it comes."""

    def __init__(self, scene: Scene, history: History, http: httpx.AsyncClient, name: str, rng: random.Random) -> None:
        self.scene, self.history, self.name, self.rng = scene, history, name, rng
        self._http = http
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """Return a number that this actor has not used before."""
        return next(self._numbers)

    async def insist(
        self, kind: str, service: str, path: str, body: dict[str, Any] | None, *, token: str, **about: str
    ) -> Act:
        """Ask until somebody answers for certain, each time of the other process, and with the same key."""
        key = f"{self.name}-{self.next_number()}"
        act = self.history.begin(kind, key, f"{service} {path}", body, token=token, about=about)
        desk = self.rng.randint(1, 2)
        while act.ended is None:
            await self._try(act, f"{self.scene.library.address(f'{service} {desk}')}{path}", body, token)
            desk = 3 - desk
        return act

    async def look(self, service: str, path: str, *, token: str) -> Any:
        """Read something once; return None if nobody answers now."""
        address = f"{self.scene.library.address(f'{service} {self.rng.randint(1, 2)}')}{path}"
        headers = {"Authorization": f"Bearer {self.scene.tokens[token]}"}
        try:
            answer = await self._http.get(address, headers=headers, timeout=_LONGEST_TRY)
            return answer.json() if answer.status_code == 200 else None
        except (httpx.TransportError, ValueError):
            return None

    async def _try(self, act: Act, address: str, body: dict[str, Any] | None, token: str) -> None:
        headers = {"Authorization": f"Bearer {self.scene.tokens[token]}", "Idempotency-Key": act.key}
        try:
            answer = await self._http.post(address, json=body, headers=headers, timeout=_LONGEST_TRY)
            told = answer.json() if answer.content else {}
        except (httpx.TransportError, ValueError):
            act.unknown += 1
            await asyncio.sleep(_PAUSE)
            return
        if answer.status_code in PASSING or told.get("code") == "idempotency-key-in-use":
            act.unknown += 1
            await asyncio.sleep(min(1.0, float(answer.headers.get("retry-after") or _PAUSE)))
        elif answer.status_code >= 500 or answer.status_code == 401:
            self.history.strange.append(f"{act.kind} {act.key}: {answer.status_code} {answer.text[:300]}")
            act.unknown += 1
            await asyncio.sleep(_PAUSE)
        else:
            replayed = "idempotency-replayed" in answer.headers
            self.history.end(act, answer.status_code, told, replayed=replayed)


async def at_a_desk(actor: Actor, *, token: str = "desk") -> None:
    """Lend or take back a copy, or renew a loan."""
    scene, rng = actor.scene, actor.rng
    copy, lends = rng.choice(scene.copies), rng.random() < 0.52
    if lends:
        reader = rng.choice(scene.readers)
        body = {"copy_barcode": copy.barcode, "card_number": reader.card_number}
        if renews := token == "desk" and rng.random() < 0.2:
            body["due_at"] = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # else a renewal would change nothing
        about = {"copy": copy.copy_id, "member": reader.member_id}
        act = await actor.insist("check out", "loans", "/v1/loans", body, token=token, **about)
        if act.accepted and renews:
            path = f"/v1/loans/{act.answer['loan_id']}/renew"
            twice = [
                actor.insist("renew", "loans", path, {}, token=token, loan=act.answer["loan_id"]) for _ in range(2)
            ]
            await asyncio.gather(*twice)
    else:
        await actor.insist(
            "return", "loans", "/v1/returns", {"copy_barcode": copy.barcode}, token=token, copy=copy.copy_id
        )


async def at_a_kiosk(actor: Actor) -> None:
    """Do the same as another piece of software."""
    await at_a_desk(actor, token="kiosk")


async def as_members(actor: Actor) -> None:
    """Place a hold for oneself, or cancel one."""
    scene, rng = actor.scene, actor.rng
    if scene.holds and rng.random() < 0.4:
        member, hold = scene.holds.pop(rng.randrange(len(scene.holds)))
        await actor.insist("cancel hold", "loans", f"/v1/holds/{hold}/cancel", None, token=member, hold=hold)
    else:
        reader = rng.choice([reader for reader in scene.readers if reader.member_id in scene.tokens])
        book = rng.choice(scene.books)
        act = await actor.insist(
            "place hold",
            "loans",
            "/v1/holds",
            {"book_id": book},
            token=reader.member_id,
            book=book,
            member=reader.member_id,
        )
        if act.accepted:
            scene.holds.append((reader.member_id, act.answer["hold_id"]))
    await asyncio.sleep(rng.uniform(0.1, 0.6))


async def as_cataloguer(actor: Actor) -> None:
    """Send a copy to be repaired, and put it back."""
    copy = actor.rng.choice(actor.scene.copies)
    for status in ("in_repair", "in_service"):
        body = {"barcodes": [copy.barcode], "status": status, "reason": "the spine"}
        await actor.insist("change status", "books", "/v1/copies/statuses", body, token="desk", copy=copy.copy_id)
        await asyncio.sleep(actor.rng.uniform(0.2, 1.0))


async def as_leavers(actor: Actor) -> None:
    """Join, try to borrow while one is already leaving, and bring back what was got."""
    scene, rng = actor.scene, actor.rng
    email = f"{actor.name}-{actor.next_number()}@leavers.example"
    body = {"name": "Dorothea Brooke", "email": email, "category": "adult"}
    joined = await actor.insist("enrol", "members", "/v1/members", body, token="desk")
    if not joined.accepted:
        return
    member, card = joined.answer["member_id"], joined.answer["card_number"]

    async def borrow() -> list[Act]:
        acts = []
        for copy in rng.sample(scene.copies, 4):
            body = {"copy_barcode": copy.barcode, "card_number": card}
            about = {"copy": copy.copy_id, "member": member}
            acts.append(await actor.insist("check out", "loans", "/v1/loans", body, token="desk", **about))
        return acts

    borrowing = asyncio.create_task(borrow())
    await asyncio.sleep(rng.uniform(0.0, 0.1))
    await actor.insist("leave", "members", f"/v1/members/{member}/erasure", None, token="admin", member=member)
    for act in await borrowing:
        if act.accepted:
            body = {"copy_barcode": act.body["copy_barcode"]} if act.body else {}
            await actor.insist("return", "loans", "/v1/returns", body, token="desk", copy=act.about["copy"])
    scene.left.append(Member(member, card, scene.readers[0].person))
    await asyncio.sleep(rng.uniform(0.5, 1.5))


Part = Callable[[Actor], Awaitable[None]]
