"""What machines ask of people: status, information, blocks, money, the end of a visit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from loans_service.sip2.library import Json, Library, Refused
from loans_service.sip2.messages import Request, count, each, flag, write
from loans_service.sip2.terminal import Terminal

_REASON = "self-check"  # of a block that a machine sets, so that machines lift no others
_NOBODY = "YYYY" + " " * 10
_CHARGE, _RENEW, _RECALL, _HOLD = range(4)
_TOO_MANY, _OVERDUE, _LOST, _FINES = 5, 6, 9, 10


@dataclass(frozen=True, slots=True)
class Patron:
    """A member, what members says of the membership, and what loans knows of the borrower."""

    member: Json
    standing: Json
    borrower: Json

    @property
    def card(self) -> str:
        """The number of the card that counts."""
        return str(self.member["card_number"])

    @property
    def refusals(self) -> list[Json]:
        """All that keeps the member from borrowing, each once."""
        text = [*self.standing.get("refusals", []), *self.borrower.get("refusals", [])]
        return list({refusal["code"]: refusal for refusal in text}.values())

    def status(self) -> str:
        """Return the fourteen flags."""
        codes = {refusal["code"] for refusal in self.refusals}
        flags = [" "] * 14
        flags[_CHARGE] = "Y" if codes or not self.standing.get("may_borrow", True) else " "
        flags[_RENEW] = " " if self.standing.get("may_renew", True) else "Y"
        flags[_RECALL] = flags[_HOLD] = " " if self.standing.get("may_hold", True) else "Y"
        flags[_TOO_MANY] = "Y" if codes & {"loan-limit-reached", "item-type-limit-reached"} else " "
        flags[_OVERDUE] = "Y" if "too-many-overdue" in codes else " "
        flags[_FINES] = "Y" if "fines-owed" in codes else " "
        return "".join(flags)


async def look_up(library: Library, card: str) -> Patron | None:
    """Return whose card this is, with all that is known of them; None for a card that nobody has."""
    member = await library.member(card)
    if member is None:
        return None
    borrower, standing = await asyncio.gather(
        library.get("loans", f"borrowers/{member['member_id']}"), _standing(library, card)
    )
    return Patron(member, standing, borrower)


async def _standing(library: Library, card: str) -> Json:
    try:
        return await library.get("members", "members/standing", card_number=card)
    except Refused:
        return {}  # the client may not ask, or the card was replaced meanwhile; loans says what it knows


async def _pin(request: Request, library: Library, card: str) -> bool | None:
    """Whether the PIN that was sent is right; None when none was asked about."""
    return await library.has_pin(card, request.get("AD")) if "AD" in request.fields else None


async def patron_status(terminal: Terminal, request: Request) -> str:
    """23 → 24."""
    return await _status("24", terminal, request)


async def _status(code: str, terminal: Terminal, request: Request, *words: str) -> str:
    card = request.get("AA")
    patron, pin = await asyncio.gather(look_up(terminal.library, card), _pin(request, terminal.library, card))
    speech = terminal.speech(request)
    return write(
        f"{code}{_NOBODY if patron is None else patron.status()}{speech.number}{terminal.now()}",
        ("AO", terminal.institution(request)),
        ("AA", card),
        ("AE", "" if patron is None else patron.member["name"]),
        ("BL", flag(patron is not None)),
        ("CQ", None if pin is None else flag(patron is not None and pin)),
        *_owed(patron),
        *speech.shown(*words, _greeting(terminal, request, patron, pin=pin)),
    )


def _owed(patron: Patron | None) -> list[tuple[str, str | None]]:
    if patron is None:
        return []
    owed = patron.borrower["owed"]
    return [("BH", owed["currency"]), ("BV", money(owed))]


def money(amount: Json) -> str:
    """Return an amount in minor units as the standard wants it: with a point, without the currency."""
    return f"{amount['amount'] / 100:.2f}"


def _greeting(terminal: Terminal, request: Request, patron: Patron | None, *, pin: bool | None) -> str:
    speech = terminal.speech(request)
    if patron is None:
        return speech.say("member-not-found")
    if pin is False:
        return speech.say("wrong-pin")
    return speech.refuse(patron.refusals) if patron.refusals else speech.say("welcome")


async def patron_information(terminal: Terminal, request: Request) -> str:
    """63 → 64: status, counts, and the items of the one list that the summary names."""
    card, library = request.get("AA"), terminal.library
    patron, pin = await asyncio.gather(look_up(library, card), _pin(request, library, card))
    speech = terminal.speech(request)
    if patron is None:
        return write(
            f"64{_NOBODY}{speech.number}{terminal.now()}" + "0000" * 6,
            ("AO", terminal.institution(request)), ("AA", card), ("AE", ""), ("BL", "N"), ("CQ", "N"),
            *speech.shown(speech.say("member-not-found")),
        )  # fmt: skip
    member, borrower = patron.member, patron.borrower
    loans, holds, fines = await asyncio.gather(
        library.items("loans", "loans", member_id=member["member_id"], status="open"),
        _holds(library, member["member_id"]),
        library.items("loans", "fines", member_id=member["member_id"], status="owed"),
    )
    ready = [hold for hold in holds if hold["status"] == "ready"]
    waiting = [hold for hold in holds if hold["status"] != "ready"]
    late = [loan for loan in loans if loan["overdue"]]
    counts = "".join(map(count, (len(ready), len(late), len(loans), len(fines), 0, len(waiting))))
    limits = borrower["limits"]
    return write(
        f"64{patron.status()}{speech.number}{terminal.now()}{counts}",
        ("AO", terminal.institution(request)),
        ("AA", patron.card),
        ("AE", member["name"]),
        ("BZ", count(limits["holds"])), ("CA", count(limits["overdue"])), ("CB", count(limits["loans"])),
        ("BL", "Y"),
        ("CQ", None if pin is None else flag(pin)),
        *_owed(patron),
        ("CC", money(limits["owed"])),
        *_listed(request, ready=ready, late=late, loans=loans, fines=fines, waiting=waiting),
        ("BD", address(member)), ("BE", member.get("email")), ("BF", member.get("phone")),
        ("PC", member["category"]),
        *speech.shown(_greeting(terminal, request, patron, pin=pin)),
    )  # fmt: skip


async def _holds(library: Library, member_id: str) -> list[Json]:
    found = await library.items("loans", "holds", member_id=member_id)
    return [hold for hold in found if hold["status"] in {"waiting", "in_transit", "ready"}]


def address(member: Json) -> str | None:
    """Return an address in one line, however it is kept."""
    kept = member.get("address")
    if isinstance(kept, dict):
        return ", ".join(str(part) for part in kept.values() if part) or None
    return None if kept is None else str(kept)


def _listed(
    request: Request, *, ready: list[Json], late: list[Json], loans: list[Json], fines: list[Json], waiting: list[Json]
) -> list[tuple[str, str | None]]:
    """Return the items of the first list that the summary asks for, from BP to BQ."""
    lists: Sequence[tuple[str, list[str]]] = (
        ("AS", [hold["barcode"] for hold in ready]),
        ("AT", [loan["barcode"] for loan in late]),
        ("AU", [loan["barcode"] for loan in loans]),
        ("AV", [_in_one_line(fine) for fine in fines]),
        ("BU", []),
        ("CD", [hold["title"] for hold in waiting]),
    )  # fmt: skip
    first, last = _bound(request.get("BP"), 1), _bound(request.get("BQ"), 9999)
    for (name, values), wanted in zip(lists, request.fixed["summary"], strict=False):
        if wanted == "Y":
            return each(name, values[first - 1 : last])
    return []


def _in_one_line(fine: Json) -> str:
    """Return a fine as people read it, with its id at the end: what a machine sends back to pay it."""
    return f"{money(fine['owed'])} {fine['owed']['currency']} {fine.get('title') or fine['reason']} {fine['fine_id']}"


def _bound(text: str, default: int) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) <= 4 else default


async def end_session(terminal: Terminal, request: Request) -> str:
    """35 → 36."""
    speech = terminal.speech(request)
    place = (("AO", terminal.institution(request)), ("AA", request.get("AA")))
    return write(f"36Y{terminal.now()}", *place, *speech.shown(speech.say("goodbye")))


async def block_patron(terminal: Terminal, request: Request) -> str:
    """01 → 24: a machine has kept a card."""
    speech = terminal.speech(request)
    member = await terminal.library.member(request.get("AA"))
    text = speech.say("card-kept")
    if member is not None:
        reason = f"{_REASON}: {request.get('AL') or 'card retained'}"
        try:
            body = {"action": "borrow", "reason": reason[:200]}
            await terminal.library.post(
                "members", f"members/{member['member_id']}/blocks", body, key=terminal.key(request)
            )
        except Refused as refused:
            text = terminal.refusal(request, refused)
    return await _status("24", terminal, request, text)


async def patron_enable(terminal: Terminal, request: Request) -> str:
    """25 → 26: lift the blocks that machines have set, and no others."""
    member = await terminal.library.member(request.get("AA"))
    text = ""
    if member is not None and await _pin(request, terminal.library, request.get("AA")) is not False:
        at = f"members/{member['member_id']}/blocks"
        try:
            for block in await terminal.library.items("members", at):
                if str(block["reason"]).startswith(_REASON):
                    await terminal.library.delete("members", f"{at}/{block['block_id']}")
        except Refused as refused:
            text = terminal.refusal(request, refused)
    return await _status("26", terminal, request, text)


async def fee_paid(terminal: Terminal, request: Request) -> str:
    """37 → 38: money that a machine took, for one fine (CG) or for what is owed longest."""
    speech = terminal.speech(request)
    member = await terminal.library.member(request.get("AA"))
    accepted, text = False, speech.say("member-not-found")
    amount = _minor_units(request.get("BV"))
    if member is not None and amount is not None:
        body: Json = {"amount": {"amount": amount, "currency": request.fixed["currency"]}}
        if request.get("CG"):
            body["fine_ids"] = [request.get("CG")]
        if request.get("BK"):
            body["reference"] = request.get("BK")
        try:
            path = f"borrowers/{member['member_id']}/payments"
            await terminal.library.post("loans", path, body, key=terminal.key(request))
            accepted, text = True, speech.say("paid")
        except Refused as refused:
            text = terminal.refusal(request, refused)
    elif member is not None:
        text = speech.say("other")
    return write(
        f"38{flag(accepted)}{terminal.now()}",
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("BK", request.get("BK") or None),
        *speech.shown(text),
    )  # fmt: skip


def _minor_units(text: str) -> int | None:
    """Return an amount with a point (or a comma) in minor units; None for what is none."""
    whole, _, part = text.replace(",", ".").partition(".")
    if not (
        whole.isascii() and whole.isdigit() and len(whole) <= 7 and len(part) <= 2 and (part == "" or part.isdigit())
    ):
        return None
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)
