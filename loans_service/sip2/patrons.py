"""Messages about patrons: status, loans, holds and fines."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from loans_service.sip2.library import LOST, NO_CARD, Json, LibraryClient, RequestRefused
from loans_service.sip2.messages import Request, count, each, flag, write
from loans_service.sip2.terminal import Terminal
from loans_service.sip2.words import Speech
from shared.kernel.currencies import minor_digits

_RECALLED = "loan-recalled"
_CHARGE, _RENEW, _RECALL, _HOLD = range(4)
_TOO_MANY, _OVERDUE, _TOO_MANY_LOST, _FINES, _RECALL_OVERDUE = 5, 6, 9, 10, 12


@dataclass(frozen=True, slots=True)
class CardNotFound:
    """A card that is unknown or was replaced."""

    refused: RequestRefused

    @property
    def refusals(self) -> list[Json]:
        """The reason: the card is unknown, or was replaced."""
        return self.refused.refusals

    def status(self) -> str:
        """Return the fourteen flags: everything is denied; a replaced card is reported as lost."""
        lost = "Y" if LOST & self.refused.codes else " "
        return "YYYY" + lost + " " * 9


@dataclass(frozen=True, slots=True)
class Patron:
    """A member, as members and as loans know them."""

    member: Json
    borrower: Json

    @property
    def refusals(self) -> list[Json]:
        """All refusals of borrowing."""
        return list(self.borrower["refusals"])

    def status(self) -> str:
        """Return the fourteen flags."""
        codes = {refusal["code"] for refusal in self.refusals}
        flags = [" "] * 14
        flags[_CHARGE] = " " if self.borrower["may_borrow"] else "Y"
        flags[_RENEW] = " " if self.borrower["may_renew"] else "Y"
        flags[_RECALL] = flags[_HOLD] = " " if self.borrower["may_hold"] else "Y"
        flags[_TOO_MANY] = (
            "Y" if codes & {"loan-limit-reached", "item-type-limit-reached", "shared-limit-reached"} else " "
        )
        flags[_OVERDUE] = "Y" if "too-many-overdue" in codes else " "
        flags[_TOO_MANY_LOST] = "Y" if "too-many-lost" in codes else " "
        flags[_RECALL_OVERDUE] = "Y" if "recall-overdue" in codes else " "
        flags[_FINES] = "Y" if "fines-owed" in codes else " "
        return "".join(flags)


async def look_up(library: LibraryClient, card: str) -> Patron | CardNotFound:
    """Return the patron with this card."""
    try:
        member = await library.member(card)
    except RequestRefused as refused:
        if refused.codes & NO_CARD:
            return CardNotFound(refused)
        raise
    return Patron(member, await library.get("loans", f"borrowers/{member['member_id']}"))


async def may_act(terminal: Terminal, request: Request) -> bool:
    """Return whether the PIN is right, or none was sent and none is required."""
    return await pin_of(terminal, request) is not False


async def pin_of(terminal: Terminal, request: Request) -> bool | None:
    """Return whether the PIN is right; None if none was sent and none is required."""
    if "AD" not in request.fields and terminal.account.pin == "optional":
        return None
    return await terminal.library.has_pin(request.get("AA"), request.get("AD"))


def _verdict(patron: Patron | CardNotFound, *, pin: bool | None) -> str | None:
    """Return CQ, valid patron password: N for an unknown card, None if no PIN was checked."""
    if isinstance(patron, CardNotFound):
        return "N"
    return None if pin is None else flag(pin)


async def patron_status(terminal: Terminal, request: Request) -> str:
    """23 → 24."""
    return await patron_status_response("24", terminal, request)


async def patron_status_response(code: str, terminal: Terminal, request: Request, *words: str) -> str:
    """Return the answer 24 or 26: the patron status, with `words` before the greeting."""
    card = request.get("AA")
    patron, pin = await asyncio.gather(look_up(terminal.library, card), pin_of(terminal, request))
    speech = terminal.speech(request)
    return write(
        f"{code}{patron.status()}{speech.number}{terminal.now()}",
        ("AO", terminal.institution(request)),
        ("AA", card),
        ("AE", patron.member["name"] if isinstance(patron, Patron) else ""),
        ("BL", flag(isinstance(patron, Patron))),
        ("CQ", _verdict(patron, pin=pin)),
        *(_owed(patron) if isinstance(patron, Patron) else []),
        *speech.screen_fields(*words, _greeting(speech, patron, pin=pin)),
    )


def _owed(patron: Patron) -> list[tuple[str, str | None]]:
    owed = patron.borrower["owed"]
    return [("BH", owed["currency"]), ("BV", money(owed))]


def money(amount: Json) -> str:
    """Return an amount as the standard writes it: with a point, without the currency."""
    places = minor_digits(str(amount["currency"]))
    return f"{amount['amount'] / 10**places:.{places}f}"


def _greeting(speech: Speech, patron: Patron | CardNotFound, *, pin: bool | None) -> str:
    if isinstance(patron, Patron) and pin is False:
        return speech.say("wrong-pin")
    return speech.refuse(patron.refusals) if patron.refusals else speech.say("welcome")


async def patron_information(terminal: Terminal, request: Request) -> str:
    """63 → 64: status, counts, and the items of the one list that the summary names.

    After a wrong PIN, neither lists nor addresses are sent.
    """
    card, library = request.get("AA"), terminal.library
    patron, pin = await asyncio.gather(look_up(library, card), pin_of(terminal, request))
    speech = terminal.speech(request)
    place = ("AO", terminal.institution(request)), ("AA", card)
    if isinstance(patron, CardNotFound):
        return write(
            f"64{patron.status()}{speech.number}{terminal.now()}" + "0000" * 6,
            *place, ("AE", ""), ("BL", "N"), ("CQ", "N"), *speech.screen_fields(speech.refuse(patron.refusals)),
        )  # fmt: skip
    member, limits = patron.member, patron.borrower["limits"]
    theirs = await _belongings(library, patron)
    return write(
        f"64{patron.status()}{speech.number}{terminal.now()}{theirs.counts}",
        *place,
        ("AE", member["name"]),
        ("BZ", count(limits["holds"])), ("CA", count(limits["overdue"])), ("CB", count(limits["loans"])),
        ("BL", "Y"),
        ("CQ", _verdict(patron, pin=pin)),
        *_owed(patron),
        ("CC", money(limits["owed"])),
        *([] if pin is False else [*theirs.listed(request), *_contact(member)]),
        ("PB", _born(member) if pin else None), ("PC", member["category"]), ("AQ", member.get("home_branch")),
        *speech.screen_fields(_greeting(speech, patron, pin=pin)),
    )  # fmt: skip


def _contact(member: Json) -> list[tuple[str, str | None]]:
    phone = member.get("phone") or member.get("mobile")
    return [("BD", address(member)), ("BE", member.get("email")), ("BF", phone)]


def _born(member: Json) -> str | None:
    """Return the date of birth (PB) as booking systems for computers read it, to know the age."""
    born = member.get("date_of_birth")
    return None if born is None else str(born).replace("-", "")


@dataclass(frozen=True, slots=True)
class Belongings:
    """The loans, holds and fines of a patron, as far as they are counted or listed."""

    loans: list[Json]
    ready: list[Json]
    waiting: list[Json]
    fines: list[Json]
    on_loan: int
    overdue: int

    @property
    def counts(self) -> str:
        """The six counts, each of four digits."""
        numbers = (len(self.ready), self.overdue, self.on_loan, len(self.fines), len(self.recalled), len(self.waiting))
        return "".join(map(count, numbers))

    @property
    def recalled(self) -> list[Json]:
        """The recalled loans."""
        return [loan for loan in self.loans if _RECALLED in _renewal_codes(loan)]

    def listed(self, request: Request) -> list[tuple[str, str | None]]:
        """Return the items of the first list that the summary requests, from BP to BQ."""
        lists: Sequence[tuple[str, list[str]]] = (
            ("AS", [hold["barcode"] for hold in self.ready]),
            ("AT", [loan["barcode"] for loan in self.loans if loan["overdue"]]),
            ("AU", [loan["barcode"] for loan in self.loans]),
            ("AV", [_in_one_line(fine) for fine in self.fines]),
            ("BU", [loan["barcode"] for loan in self.recalled]),
            ("CD", [hold["title"] for hold in self.waiting]),
        )  # fmt: skip
        first, last = _bound(request.get("BP"), 1), _bound(request.get("BQ"), 9999)
        for (name, values), requested in zip(lists, request.fixed["summary"], strict=False):
            if requested == "Y":
                return each(name, values[first - 1 : last])
        return []


def _renewal_codes(loan: Json) -> set[str]:
    return {str(refusal["code"]) for refusal in loan["renewal"]["refusals"]}


async def _belongings(library: LibraryClient, patron: Patron) -> Belongings:
    """Get the lists, except those known to be empty."""
    who, borrower = patron.member["member_id"], patron.borrower

    async def some(there: object, path: str, **query: str) -> list[Json]:
        return await library.items("loans", path, member_id=who, **query) if there else []

    loans, holds, fines = await asyncio.gather(
        some(borrower["open_loans"], "loans", status="open", include="renewal"),
        some(borrower["holds"], "holds"),
        some(borrower["owed"]["amount"], "fines", status="owed"),
    )
    if len(loans) < borrower["open_loans"]:  # lost loans count until they are paid
        loans += await library.items("loans", "loans", member_id=who, status="lost", include="renewal")
    return Belongings(
        loans=loans,
        ready=[hold for hold in holds if hold["status"] == "ready"],
        waiting=[hold for hold in holds if hold["status"] in {"waiting", "in_transit"}],
        fines=fines,
        on_loan=borrower["open_loans"],
        overdue=borrower["overdue"],
    )


def address(member: Json) -> str | None:
    """Return an address in one line, stored as text or as an object."""
    stored = member.get("address")
    if isinstance(stored, dict):
        return ", ".join(str(part) for part in stored.values() if part) or None
    return None if stored is None else str(stored)


def _in_one_line(fine: Json) -> str:
    """Return a fine for people to read, ending with the short number that a machine sends back to pay it."""
    what = fine["loan"]["title"] if fine["loan"] else fine["reason"]
    return f"{money(fine['owed'])} {fine['owed']['currency']} {what} {number_of(fine)}"


def number_of(fine: Json) -> str:
    """Return the end of a fine's id: unique enough within one patron, and short on a receipt."""
    return str(fine["fine_id"])[-6:]


def _bound(text: str, default: int) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) <= 4 else default
