"""Messages about items, and holds."""

import asyncio
from datetime import datetime

from loans_service.sip2.lending import properties
from loans_service.sip2.library import Json, RequestRefused
from loans_service.sip2.messages import Request, moment, stamp, write
from loans_service.sip2.patrons import may_act
from loans_service.sip2.terminal import Terminal

_WHERE = {"available": "03", "requested": "03", "on_loan": "04", "on_hold_shelf": "08", "in_transit": "10"}
_STATUS = {"on_order": "02", "in_processing": "06", "lost": "12", "missing": "13"}
_SENT = {"shelf": "03", "hold_shelf": "08", "transit": "10"}
_STANDS = frozenset({"home", "floated", "temporary", "hold_shelf"})
"""The reasons with which a copy stands where it can be found."""
_OTHER = "01"
_ACTIVE = frozenset({"waiting", "in_transit", "ready"})


async def item_information(terminal: Terminal, request: Request) -> str:
    """17 → 18."""
    barcode, speech = request.get("AB"), terminal.speech(request)
    copy = await terminal.library.copy(barcode)
    if copy is None:
        fields = ("AB", barcode), ("AJ", ""), *speech.screen_fields(speech.say("copy-not-found"))
        return write(f"18{_OTHER}0001{terminal.now()}", *fields)
    book, loan, waiting, held_until = await asyncio.gather(
        terminal.library.get("books", f"books/{copy['book_id']}"),
        _loan(terminal, copy),
        _waiting(terminal, copy),
        _held_until(terminal, copy),
    )
    stands = copy["stands"]
    due = loan["due_at"] if loan.get("status") == "open" else copy["due_at"]
    return write(
        f"18{_claimed_or_lent(loan) or circulation_status(copy, loan)}0001{terminal.now()}",
        ("CF", str(waiting)),
        ("AH", None if due is None else stamp(datetime.fromisoformat(due), terminal.zone)),
        ("CM", None if held_until is None else stamp(datetime.fromisoformat(held_until), terminal.zone)),
        ("AB", copy["barcode"]), ("AJ", book["title"]), ("BG", copy["branch"]),
        ("CK", terminal.account.media_type(copy["item_type"])), ("AQ", copy["branch"]),
        ("AP", stands["branch"] if stands["why"] in _STANDS else None), ("CH", properties(copy)),
        ("CS", copy.get("shelf_mark")), ("CR", copy.get("location") or copy["item_type"]),
        ("CT", copy.get("transit_to")),
    )  # fmt: skip


def _claimed_or_lent(loan: Json) -> str | None:
    """Return the circulation status by the open loan, which the catalogue shows a moment later."""
    return {"open": "04", "claimed_returned": "11"}.get(str(loan.get("status")))


def circulation_status(copy: Json, loan: Json) -> str:
    """Return the standard's circulation status; a returned copy is where the return sent it."""
    if copy["availability"] == "on_loan" and loan.get("status") == "returned":
        return _SENT.get(str(loan.get("next")), _OTHER)
    return _WHERE.get(copy["availability"]) or _STATUS.get(copy["status"], _OTHER)


async def _held_until(terminal: Terminal, copy: Json) -> str | None:
    """Return the pickup deadline of a copy on the hold shelf."""
    if copy["availability"] != "on_hold_shelf":
        return None
    try:
        holds = await terminal.library.items("loans", "holds", book_id=copy["book_id"], status="ready")
    except RequestRefused:
        return None
    return next((hold["pickup_until"] for hold in holds if hold["copy_id"] == copy["copy_id"]), None)


async def _loan(terminal: Terminal, copy: Json) -> Json:
    """Return the newest loan of a copy; empty if there is none, or the machine may not see loans."""
    try:
        found = await terminal.library.get("loans", "loans", copy_id=copy["copy_id"], limit="1")
    except RequestRefused:
        return {}
    return next(iter(found["items"]), {})


async def _waiting(terminal: Terminal, copy: Json) -> int:
    """Return how many holds wait for the book of a copy, which any machine may know."""
    found = await terminal.library.get("loans", "hold-queues", book_id=copy["book_id"])
    return int(found["items"][0]["waiting"])


async def item_status_update(terminal: Terminal, request: Request) -> str:
    """19 → 20: item properties are not stored, and the machine should not try again."""
    fields = ("AB", request.get("AB")), ("CH", request.get("CH") or None)
    return write(
        f"200{terminal.now()}", *fields, *terminal.speech(request).screen_fields(terminal.speech(request).say("other"))
    )


async def hold(terminal: Terminal, request: Request) -> str:
    """15 → 16: place a hold on the book, or the volume, of a copy (+), cancel it (-), or change its details (*)."""
    found, text = await _act_on_hold(terminal, request)
    return write(
        f"16{int(found is not None)}{'Y' if (found or {}).get('status') == 'ready' else 'N'}{terminal.now()}",
        *_of_hold(found or {}),
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("AB", request.get("AB")),
        ("AJ", (found or {}).get("title")),
        *terminal.speech(request).screen_fields(text),
    )  # fmt: skip


def _of_hold(found: Json) -> list[tuple[str, str | None]]:
    position, until = found.get("position"), found.get("expires_on")
    return [
        ("BW", None if until is None else f"{until.replace('-', '')}    235959"),
        ("BR", None if position is None else str(position)),
        ("BS", found.get("pickup_branch")),
    ]


async def _act_on_hold(terminal: Terminal, request: Request) -> tuple[Json | None, str]:
    """Return the hold as it is afterwards, or None, and the text for the screen."""
    speech, mode = terminal.speech(request), request.fixed["mode"]
    if not await may_act(terminal, request):
        return None, speech.say("wrong-pin")
    copy = await terminal.library.copy(request.get("AB"))
    if copy is None:
        return None, speech.say("copy-not-found")
    try:
        if mode == "+":
            return await _place(terminal, request, copy), speech.say("held")
        own = await _own_hold(terminal, request, copy)
        if own is None or mode not in {"-", "*"}:
            return None, speech.say("no-hold" if own is None else "other")
        if mode == "-":
            path = f"holds/{own['hold_id']}/cancel"
            return await terminal.library.post("loans", path, {}, key=terminal.key(request)), speech.say(
                "hold-cancelled"
            )
        return await _change(terminal, request, own), speech.say("hold-changed")
    except RequestRefused as refused:
        return None, terminal.refusal(request, refused)


async def _place(terminal: Terminal, request: Request, copy: Json) -> Json:
    body: Json = {"book_id": copy["book_id"], "card_number": request.get("AA"), **_details(terminal, request)}
    body |= {} if copy.get("volume") is None else {"volume": copy["volume"]}
    body.setdefault("pickup_branch", terminal.account.branch)
    return await terminal.library.post("loans", "holds", body, key=terminal.key(request))


async def _change(terminal: Terminal, request: Request, own: Json) -> Json:
    return await terminal.library.patch("loans", f"holds/{own['hold_id']}", _details(terminal, request))


def _details(terminal: Terminal, request: Request) -> Json:
    """Return the fields for the pickup location (BS) and the expiration date (BW)."""
    details: Json = {}
    if request.get("BS"):
        details["pickup_branch"] = request.get("BS")
    until = moment(request.fields.get("BW", ""), terminal.zone)
    if until is not None:
        details["expires_on"] = until.astimezone(terminal.zone).date().isoformat()
    return details


async def _own_hold(terminal: Terminal, request: Request, copy: Json) -> Json | None:
    """Return the hold for the volume of the copy, else one that names no volume; never one for another volume."""
    if not request.get("AA"):
        return None
    holds = await terminal.library.items("loans", "holds", card_number=request.get("AA"), book_id=copy["book_id"])
    active = [hold for hold in holds if hold["status"] in _ACTIVE]
    keys = (copy.get("volume_key"), None)
    return next((hold for key in keys for hold in active if hold.get("volume_key") == key), None)
