"""Reads what comes back to the sender of mails: reports on delivery (RFC 3464), and complaints (RFC 5965).

Whoever knows the address for what comes back can write a report. So only the id of the message is taken from one, which
nobody knows but who got the message: to which address it went is known here.
"""

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses
from uuid import UUID

from members_service.adapters.notices.mail import message_of_return_path
from members_service.adapters.notices.status_codes import says_nobody_is_there
from members_service.application.notices.note_bounce import Bounce, BounceKind

_SENT_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_PARTS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)[ -]")
_NO_DETAIL = re.compile(r"^[45]\.0\.0$")
_FIELD = 500  # characters of a field that are looked at


def bounces_of(raw: bytes) -> Sequence[Bounce] | None:
    """Return what a mail that came back says; nothing if it only says to wait, None if it cannot be made out."""
    try:
        return _read(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - it was written by anybody, and `email` fails in many ways
        return None


def _read(mail: Message) -> Sequence[Bounce] | None:
    if _field(mail, "Auto-Submitted").lower().startswith("auto-replied") and not _is_report(mail):
        return ()  # somebody is on holiday
    message_id = _message_id(mail)
    if message_id is None:
        return None
    if (complaint := _part(mail, ("message/feedback-report",))) is not None:
        kind = _field(_fields(complaint)[0], "Feedback-Type").lower()
        return () if kind == "not-spam" else (Bounce(BounceKind.COMPLAINT, message_id),)
    status = _part(mail, _STATUS_PARTS)
    if status is None:
        return None
    recipients = [one for one in _fields(status) if one["Action"] is not None]
    if not recipients:
        return None
    failed = [one for one in recipients if _field(one, "Action").lower() == "failed"]
    return tuple(_bounce(message_id, one) for one in failed[:1])


def _bounce(message_id: UUID, recipient: Message) -> Bounce:
    """Return why it failed; the answer of the other server says more than a status that says nothing."""
    diagnosis, status = _field(recipient, "Diagnostic-Code"), _field(recipient, "Status")
    found, code = _STATUS.search(status), _CODE.search(diagnosis)
    status = found.group(1) if found else ""
    if not status or _NO_DETAIL.match(status):
        answered = _STATUS.search(diagnosis)
        status = answered.group(1) if answered else status
    detail = "" if _NO_DETAIL.match(status) else status
    nobody = says_nobody_is_there(int(code.group(1)) if code else None, detail)
    return Bounce(BounceKind.HARD if nobody else BounceKind.SOFT, message_id, status=status or None)


def _message_id(mail: Message) -> UUID | None:
    """Return the message of ours that it is about: by the address that it came to, or by what it returns."""
    written = [str(value) for name in _SENT_TO for value in mail.get_all(name, [])]
    found = [message_of_return_path(address) for _, address in getaddresses(written)]
    if (returned := _part(mail, _RETURNED_PARTS)) is not None:
        headers = _fields(returned)[0]
        found.append(message_of_return_path(_field(headers, "Return-Path")))
        found.append(_id_of(_field(headers, "Message-ID")))
    return next((one for one in found if one is not None), None)


def _id_of(header: str) -> UUID | None:
    try:
        return UUID(header.strip(" <>").partition("@")[0])
    except ValueError:
        return None


def _is_report(mail: Message) -> bool:
    return mail.get_content_type() == "multipart/report"


def _part(mail: Message, types: Sequence[str]) -> Message | None:
    return next((one for one in mail.walk() if one.get_content_type() in types), None)


def _fields(part: Message) -> list[Message]:
    """Return the groups of fields in a part, whichever way `email` has taken it apart."""
    return [*_groups(part)] or [Message()]


def _groups(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        for one in payload:
            if isinstance(one, Message):
                yield one
                yield from _groups(one)
    elif isinstance(payload, str) and not part.get_content_type().startswith("text/html"):
        for block in re.split(r"\r?\n\r?\n", payload)[:20]:
            if block.strip():
                yield message_from_string(block.lstrip())


def _field(fields: Message, name: str) -> str:
    return str(fields.get(name, ""))[:_FIELD].strip()
