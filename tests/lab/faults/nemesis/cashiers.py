"""Cashiers at eight tills: they charge, take money, undo, refund, pay out and move cash."""

import asyncio
from typing import Any

from tests.lab.faults.nemesis.actors import Actor
from tests.lab.faults.nemesis.history import Act

TILLS = tuple(f"DESK-{number}" for number in range(1, 9))
_METHODS = ("cash", "cash", "card", "transfer")


async def at_a_till(actor: Actor) -> None:
    """Charge a member, take a part of it, and do one more thing with the receipt or the till."""
    till, member = actor.rng.choice(TILLS), actor.rng.choice(actor.scene.readers).member_id
    charged = await _charge(actor, member)
    if charged is None:
        return
    fine, cents = charged
    body = {"amount": _eur(actor.rng.randint(1, cents)), "method": actor.rng.choice(_METHODS), "till": till}
    paid = await actor.insist("pay", "loans", f"/v1/fines/{fine}/payments", body, token="desk", fine=fine)
    if paid.accepted:
        next_act = actor.rng.choice((_undo, _refund, _refund_as_credit, _move, _rest))
        await next_act(actor, paid.answer["receipt"]["number"], till)
    await _use_credit(actor, member, till)
    await actor.insist("waive", "loans", f"/v1/fines/{fine}/waive", {"reason": "A good customer."}, token="admin")
    await asyncio.sleep(actor.rng.uniform(0.0, 0.2))


async def as_auditor(actor: Actor) -> None:
    """Look whether the money adds up while others move it."""
    balance = await actor.look("loans", "/v1/tills/balance", token="admin")
    if balance is not None:
        actor.history.looks += 1
        if not balance["agrees"]:
            actor.history.unbalanced.append(f"while others acted: {balance}")
    await asyncio.sleep(actor.rng.uniform(0.0, 0.1))


async def _charge(actor: Actor, member: str) -> tuple[str, int] | None:
    cents = actor.rng.randint(2, 9)
    body = {"member_id": member, "kind": "damage", "amount": _eur(cents)}
    act = await actor.insist("charge", "loans", "/v1/charges", body, token="desk", member=member)
    return (act.answer["fine_id"], cents) if act.accepted else None


async def _undo(actor: Actor, number: str, till: str) -> None:
    """Undo the payment twice at once: it is given back once."""
    del till
    path = f"/v1/receipts/{number}/void"
    await asyncio.gather(*(actor.insist("void", "loans", path, {}, token="desk", receipt=number) for _ in range(2)))


async def _refund(actor: Actor, number: str, till: str, method: str = "cash") -> None:
    body = {"reason": "Charged by mistake.", "till": till, "method": method}
    await actor.insist("refund", "loans", f"/v1/receipts/{number}/refund", body, token="desk", receipt=number)


async def _refund_as_credit(actor: Actor, number: str, till: str) -> None:
    await _refund(actor, number, till, "credit")


async def _move(actor: Actor, number: str, till: str) -> None:
    del number
    body = {"kind": actor.rng.choice(("in", "out")), "amount": _eur(actor.rng.randint(1, 50)), "note": "Change."}
    await actor.insist("move", "loans", f"/v1/tills/{till}/movements", body, token="desk", till=till)


async def _rest(actor: Actor, number: str, till: str) -> None:
    del actor, number, till


async def _use_credit(actor: Actor, member: str, till: str) -> Act:
    """Try to pay a cent from credit, which only few have."""
    body: dict[str, Any] = {"amount": _eur(1), "method": "credit", "till": till}
    return await actor.insist(
        "use credit", "loans", f"/v1/borrowers/{member}/payments", body, token="desk", member=member
    )


def _eur(cents: int) -> dict[str, Any]:
    return {"amount": cents, "currency": "EUR"}
