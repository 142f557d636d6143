"""Messages for the end of a session, blocks and payments."""

from loans_service.sip2.library import NO_CARD, Json, LibraryClient, RequestRefused
from loans_service.sip2.messages import Request, flag, minor_units, write
from loans_service.sip2.patrons import may_act, number_of, patron_status_response
from loans_service.sip2.terminal import Terminal

_REASON = "self-check"  # marks blocks set by machines, so that machines lift no others


async def end_session(terminal: Terminal, request: Request) -> str:
    """35 → 36."""
    speech = terminal.speech(request)
    place = (("AO", terminal.institution(request)), ("AA", request.get("AA")))
    return write(f"36Y{terminal.now()}", *place, *speech.screen_fields(speech.say("goodbye")))


async def block_patron(terminal: Terminal, request: Request) -> str:
    """01 → 24: a machine has kept a card."""
    library, text = terminal.library, terminal.speech(request).say("card-kept")
    try:
        member = await library.member(request.get("AA"))
        reason = f"{_REASON}: {request.get('AL') or 'card retained'}"
        body = {"action": "borrow", "reason": reason[:200]}
        await library.post("members", f"members/{member['member_id']}/blocks", body, key=terminal.key(request))
    except RequestRefused as refused:
        text = "" if refused.codes & NO_CARD else terminal.refusal(request, refused)
    return await patron_status_response("24", terminal, request, text)


async def patron_enable(terminal: Terminal, request: Request) -> str:
    """25 → 26: lift the blocks that machines have set, if the PIN is right."""
    library, text = terminal.library, ""
    if "AD" in request.fields and await may_act(terminal, request):
        try:
            at = f"members/{(await library.member(request.get('AA')))['member_id']}/blocks"
            for block in await library.items("members", at):
                if str(block["reason"]).startswith(_REASON):
                    await library.delete("members", f"{at}/{block['block_id']}")
        except RequestRefused as refused:
            text = "" if refused.codes & NO_CARD else terminal.refusal(request, refused)
    return await patron_status_response("26", terminal, request, text)


_METHODS = {"00": "cash", "01": "card", "02": "card"}
"""How was paid, by the payment type of SIP2: cash, VISA, a credit card."""


async def fee_paid(terminal: Terminal, request: Request) -> str:
    """37 → 38: a payment at a machine, for one fine (CG) or for the oldest ones.

    Each machine numbers its payments (BK) itself, so its login is part of the reference.
    """
    speech, library = terminal.speech(request), terminal.library
    accepted, text = False, speech.say("other")
    amount = minor_units(request.get("BV"), request.fixed["currency"])
    if not await may_act(terminal, request):
        text = speech.say("wrong-pin")
    elif amount is not None:
        body: Json = {"amount": {"amount": amount, "currency": request.fixed["currency"]}}
        if method := _METHODS.get(request.fixed["payment_type"]):
            body["method"] = method
        if request.get("BK"):
            body["reference"] = f"{terminal.account.login}:{request.get('BK')}"
        try:
            member_id = (await library.member(request.get("AA")))["member_id"]
            if request.get("CG"):
                body["fine_ids"] = [await _fine(library, member_id, request.get("CG"))]
            await library.post("loans", f"borrowers/{member_id}/payments", body, key=terminal.key(request))
            accepted, text = True, speech.say("paid")
        except RequestRefused as refused:
            text = terminal.refusal(request, refused)
    return write(
        f"38{flag(accepted)}{terminal.now()}",
        ("AO", terminal.institution(request)), ("AA", request.get("AA")), ("BK", request.get("BK") or None),
        *speech.screen_fields(text),
    )  # fmt: skip


async def _fine(library: LibraryClient, member_id: str, number: str) -> str:
    """Return the id of the fine with this short number; any other text is taken for an id."""
    fines = await library.items("loans", "fines", member_id=member_id, status="owed")
    return next((str(fine["fine_id"]) for fine in fines if number_of(fine) == number), number)
