"""Check-out, return and renewal at a machine."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from loans_service.sip2.library import NO_CARD, Json, RequestRefused, Unanswered
from loans_service.sip2.messages import Request, count, each, flag, moment, stamp, write
from loans_service.sip2.patrons import may_act, money
from loans_service.sip2.terminal import Terminal

_HOLD_HERE, _HOLD_ELSEWHERE, _SEND_ON = "01", "02", "04"
ALERT_OTHER = "99"
"""Alert type (CV): other, for staff to look at."""

_BINS = {"shelf": "1", "hold_shelf": "2", "transit": "3"}
_TO_DESK = "4"  # the bin of items that staff must look at
_TAKEN_BACK_WITHIN = timedelta(minutes=15)  # in which a machine may cancel what it has just lent


async def check_out(terminal: Terminal, request: Request) -> str:
    """11 → 12. If the machine may renew, a copy that is on loan to the same card is renewed.

    With BI it cancels the loan that it has just made, because it could not unlock the copy.
    """
    if not (request.no_block or await may_act(terminal, request)):
        return await _not_lent("12", terminal, request, terminal.speech(request).say("wrong-pin"))
    barcode, card = request.get("AB"), request.get("AA")
    try:
        if request.get("BI") == "Y":
            return await _cancelled(terminal, request, await _own_loan(terminal, card, barcode))
        return _lent("12", terminal, request, await _lend(terminal, request), renewed=False)
    except RequestRefused as refused:
        if "copy-on-loan" in refused.codes and request.fixed["renewal_policy"] == "Y":
            own = None
            with suppress(RequestRefused):
                own = await _own_loan(terminal, card, barcode)
            if own is not None:
                return await _renewed("12", terminal, request, own, seen=True)
        return await _not_lent("12", terminal, request, terminal.refusal(request, refused))


async def _lend(terminal: Terminal, request: Request) -> Json:
    """Lend once for each message; if the copy has come back since, the same message is a new check-out."""
    body: Json = {
        "copy_barcode": request.get("AB"),
        "card_number": request.get("AA"),
        "branch": terminal.account.branch,
    }
    body, part = _late(terminal, request, body), ""
    while True:
        loan, replayed = await terminal.library.post_or_replay("loans", "loans", body, key=terminal.key(request, part))
        if not replayed:
            return loan
        now = await terminal.library.get("loans", f"loans/{loan['loan_id']}")
        if now["status"] == "open":
            return loan
        part = f"after {loan['loan_id']}"


async def _cancelled(terminal: Terminal, request: Request, loan: Json | None) -> str:
    """Cancel a loan that was made a moment ago; an older or renewed one was no mistake."""
    if loan is None:
        return await _not_lent("12", terminal, request, terminal.speech(request).say("no-open-loan"))
    age = terminal.time() - datetime.fromisoformat(loan["checked_out_at"])
    if loan["renewals"] or age > _TAKEN_BACK_WITHIN:
        return await _not_lent("12", terminal, request, terminal.speech(request).say("other"))
    body = {"copy_barcode": loan["barcode"], "branch": terminal.account.branch}
    await terminal.library.post("loans", "returns", body, key=terminal.key(request, "cancel"))
    return write(
        f"121NUN{terminal.now()}",
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("AB", loan["barcode"]),
        ("AJ", loan["title"]), ("AH", ""),
        *terminal.speech(request).screen_fields(terminal.speech(request).say("not-lent")),
    )  # fmt: skip


async def renew(terminal: Terminal, request: Request) -> str:
    """29 → 30."""
    if not (request.no_block or await may_act(terminal, request)):
        return await _not_lent("30", terminal, request, terminal.speech(request).say("wrong-pin"))
    try:
        own = await _own_loan(terminal, request.get("AA"), request.get("AB"))
    except RequestRefused as refused:
        return await _not_lent("30", terminal, request, terminal.refusal(request, refused))
    if own is None:
        return await _not_lent("30", terminal, request, terminal.speech(request).say("no-open-loan"))
    return await _renewed("30", terminal, request, own)


async def renew_all(terminal: Terminal, request: Request) -> str:
    """65 → 66."""
    done: list[str] = []
    left: list[str] = []
    loans: list[Json] = []
    text = ""
    if await may_act(terminal, request):
        try:
            loans = await _open_loans(terminal, request.get("AA"))
            if not loans:
                await _refuse_unknown(terminal, request.get("AA"))
        except RequestRefused as refused:
            text = terminal.refusal(request, refused)
    else:
        text = terminal.speech(request).say("wrong-pin")
    for loan in loans:
        key = terminal.key(request, loan["loan_id"])
        try:
            path, body = f"loans/{loan['loan_id']}/renew", {"branch": terminal.account.branch}
            await terminal.library.post("loans", path, body, key=key)
            done.append(loan["barcode"])
        except RequestRefused:
            left.append(loan["barcode"])
    ok = not text
    return write(
        f"66{int(ok)}{count(len(done))}{count(len(left))}{terminal.now()}",
        ("AO", terminal.institution(request)), *each("BM", done), *each("BN", left),
        *terminal.speech(request).screen_fields(text),
    )  # fmt: skip


async def _refuse_unknown(terminal: Terminal, card: str) -> None:
    """Raise Refused for an unknown card, as opposed to one without loans. Not every machine may ask."""
    try:
        await terminal.library.member(card)
    except RequestRefused as refused:
        if refused.codes & NO_CARD:
            raise


async def _open_loans(terminal: Terminal, card: str) -> list[Json]:
    return await terminal.library.items("loans", "loans", card_number=card, status="open") if card else []


async def _own_loan(terminal: Terminal, card: str, barcode: str) -> Json | None:
    loans = await _open_loans(terminal, card)
    return next((loan for loan in loans if _key(loan["barcode"]) == _key(barcode)), None)


def _key(barcode: str) -> str:
    """Return the key of a barcode, as in the library: neither case nor blanks count."""
    return barcode.replace(" ", "").upper()


async def _renewed(code: str, terminal: Terminal, request: Request, loan: Json, *, seen: bool = False) -> str:
    try:
        body = _late(terminal, request, {"branch": terminal.account.branch} | ({"seen": True} if seen else {}))
        path = f"loans/{loan['loan_id']}/renew"
        renewed = await terminal.library.post("loans", path, body, key=terminal.key(request, "renew"))
    except RequestRefused as refused:
        return await _not_lent(code, terminal, request, terminal.refusal(request, refused))
    return _lent(code, terminal, request, renewed, renewed=True)


def _late(terminal: Terminal, request: Request, body: Json) -> Json:
    """Add to the body when a machine acted offline, and the due date that it gave."""
    if not request.no_block:
        return body
    at, due = (moment(request.fixed[name], terminal.zone) for name in ("date", "due_date"))
    late: Json = {}
    if at is not None:
        late["at"] = _rfc3339(at)
    if due is not None:
        late["due_at"] = _rfc3339(due)
    return body | {"offline": late}


def _rfc3339(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _lent(code: str, terminal: Terminal, request: Request, loan: Json, *, renewed: bool) -> str:
    due = datetime.fromisoformat(loan["due_at"])
    speech = terminal.speech(request)
    return write(
        f"{code}1{flag(renewed)}UY{terminal.now()}",
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("AB", loan["barcode"]),
        ("AJ", loan["title"]), ("AH", stamp(due, terminal.zone)),
        ("CK", terminal.account.media_type(loan.get("item_type"))),
        *speech.screen_fields(speech.say("renewed" if renewed else "lent", due=speech.day(due, terminal.zone))),
    )  # fmt: skip


async def _not_lent(code: str, terminal: Terminal, request: Request, text: str) -> str:
    title = await title_of(terminal, request.get("AB"))
    return write(
        f"{code}0NUN{terminal.now()}",
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("AB", request.get("AB")),
        ("AJ", title), ("AH", ""),
        *terminal.speech(request).screen_fields(text),
    )  # fmt: skip


async def title_of(terminal: Terminal, barcode: str) -> str:
    """Return the title of a copy for the screen; empty if it is not available."""
    try:
        copy = await terminal.library.copy(barcode)
        book = {} if copy is None else await terminal.library.get("books", f"books/{copy['book_id']}")
    except (RequestRefused, Unanswered):
        return ""
    return str(book.get("title", ""))


async def check_in(terminal: Terminal, request: Request) -> str:
    """09 → 10. A copy that came back while the machine was offline was returned when it says; otherwise now.

    Cancelling a return (BI) is left to the desk, because the borrower may have left.
    """
    if request.get("BI") == "Y":
        return await _not_taken_back(terminal, request, terminal.speech(request).say("other"))
    body: Json = {"copy_barcode": request.get("AB"), "branch": terminal.account.branch}
    if request.no_block:
        at = moment(request.fixed["return_date"], terminal.zone) or moment(request.fixed["date"], terminal.zone)
        body["offline"] = {} if at is None else {"at": _rfc3339(at)}
    try:
        done = await _take_back(terminal, request, body)
    except RequestRefused as refused:
        return await _not_taken_back(terminal, request, terminal.refusal(request, refused))
    return await _checked_in(terminal, request, done)


async def _take_back(terminal: Terminal, request: Request, body: Json) -> Json:
    """Return the copy once for each message; if it was lent since, the same message is a new return."""
    key = terminal.key(request)
    done, replayed = await terminal.library.post_or_replay("loans", "returns", body, key=key)
    if not replayed:
        return done
    copy = await _copy(terminal, request.get("AB"))
    loans = await terminal.library.get("loans", "loans", copy_id=copy["copy_id"], limit="1") if copy else {}
    newest: Json = next(iter(loans.get("items", [])), {})
    if newest.get("status") != "open" or newest["loan_id"] == (done.get("loan") or {}).get("loan_id"):
        return done
    key = terminal.key(request, f"after {newest['loan_id']}")
    return await terminal.library.post("loans", "returns", body, key=key)


async def _not_taken_back(terminal: Terminal, request: Request, text: str) -> str:
    return write(
        f"100NUY{terminal.now()}",
        ("AO", terminal.institution(request)), ("AB", request.get("AB")),
        ("AQ", ""), ("AJ", await title_of(terminal, request.get("AB"))), ("CL", _TO_DESK), ("CV", ALERT_OTHER),
        *terminal.speech(request).screen_fields(text),
    )  # fmt: skip


async def _checked_in(terminal: Terminal, request: Request, done: Json) -> str:
    speech, hold, loan = terminal.speech(request), done.get("hold"), done.get("loan")
    copy, person = await asyncio.gather(_copy(terminal, request.get("AB")), _waits(terminal, hold))
    alert, fine = _alert(done), done.get("fine")
    text = {_HOLD_HERE: "hold-here", None: "returned"}.get(alert, "to-other")
    owed = "" if fine is None else speech.say("fee", amount=f"{money(fine['amount'])} {fine['amount']['currency']}")
    title = (loan or hold or {}).get("title") or await title_of(terminal, request.get("AB"))
    return write(
        f"101{flag(alert is None)}U{flag(alert is not None)}{terminal.now()}",
        ("AO", terminal.institution(request)), ("AB", request.get("AB")),
        ("AQ", copy.get("branch") or ""), ("AJ", title),
        ("CK", terminal.account.media_type(copy.get("item_type"))), ("CH", properties(copy)),
        ("CS", copy.get("shelf_mark")), ("CR", copy.get("location") or copy.get("item_type")),
        ("CL", _TO_DESK if alert == ALERT_OTHER else _BINS[done["next"]]),
        ("CV", alert), ("CT", _destination(done, copy) if alert in {_HOLD_ELSEWHERE, _SEND_ON} else None),
        ("CY", person.get("card_number")), ("DA", person.get("name")),
        *speech.screen_fields(speech.say(text), speech.quote(done.get("notice")), owed),
    )  # fmt: skip


def properties(copy: Json) -> str | None:
    """Return the item properties (CH): volume, condition and note."""
    return "; ".join(str(copy[name]) for name in ("volume", "condition", "note") if copy.get(name)) or None


async def _copy(terminal: Terminal, barcode: str) -> Json:
    """Return the copy from books; empty if books does not answer, because a return does not depend on it."""
    try:
        return await terminal.library.copy(barcode) or {}
    except (RequestRefused, Unanswered):
        return {}


async def _waits(terminal: Terminal, hold: Json | None) -> Json:
    if hold is None:
        return {}
    try:
        return await terminal.library.get("members", f"members/{hold['member_id']}")
    except (RequestRefused, Unanswered):
        return {}


def _alert(done: Json) -> str | None:
    if done["next"] == "hold_shelf":
        return _HOLD_HERE
    if done["next"] == "transit":
        return _SEND_ON if done.get("hold") is None else _HOLD_ELSEWHERE
    return ALERT_OTHER if done.get("copy_status") or done.get("notice") else None


def _destination(done: Json, copy: Json) -> str | None:
    hold = done.get("hold")
    goes_home_to = (copy.get("temporary") or {}).get("branch") or copy.get("branch")
    return (hold or {}).get("pickup_branch") or goes_home_to
