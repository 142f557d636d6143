"""Mail as it goes over the wire (RFC 5322): who it is from, that nobody should answer it by machine, how to end it."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime, parseaddr
from uuid import UUID

import idna

from members_service.domain.notices.kinds import NoticeClass
from members_service.domain.notices.template import Rendered

_BOUNCE = "bounce+"


class _Unfolded(UnstructuredHeader):
    """A header in one line: an address in the web that is folded is encoded, and then nobody's button works."""

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # joined with BaseHeader, which has it


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Unfolded)  # type: ignore[arg-type]  # as its own classes, it is joined there
_PLAIN, _BEYOND_ASCII = (policy.clone(header_factory=_HEADERS) for policy in (SMTP, SMTPUTF8))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and what stands around it. `sender` and `reply_to` may have a name: Library <notices@town.example>."""

    message_id: UUID
    rendered: Rendered
    to: str
    sender: str
    notice_class: NoticeClass
    at: datetime
    reply_to: str | None = None
    unsubscribe: str | None = None
    name: str | None = None


def mail_of(outgoing: Outgoing) -> EmailMessage:
    """Return the mail. A courtesy can be ended with one click (RFC 8058); nothing else can."""
    words, domain = outgoing.rendered, domain_of(outgoing.sender)
    mail = EmailMessage(policy=_BEYOND_ASCII if needs_utf8(outgoing.to) else _PLAIN)
    mail["Message-ID"] = f"<{outgoing.message_id}@{domain}>"
    mail["Date"] = format_datetime(outgoing.at)
    mail["From"] = _address(outgoing.sender)
    mail["To"] = _address(outgoing.to, outgoing.name)
    if outgoing.reply_to:
        mail["Reply-To"] = _address(outgoing.reply_to)
    mail["Subject"] = words.subject or ""
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"  # what Exchange reads instead
    mail["List-Id"] = f"<notices.{domain}>"
    if outgoing.unsubscribe and outgoing.notice_class is NoticeClass.COURTESY:
        mail["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(words.text, cte="quoted-printable")
    if words.html is not None:
        mail.add_alternative(words.html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = words.language  # of the whole: what is set before goes into the first part
    return mail


def return_path_of(message_id: UUID, sender: str) -> str:
    """Return the envelope's sender: what comes back names the message that it is about (VERP)."""
    return f"{_BOUNCE}{message_id.hex}@{domain_of(sender)}"


def message_of_return_path(address: str) -> UUID | None:
    """Return the message that a bounce to this address is about."""
    local_part = parseaddr(address)[1].rpartition("@")[0]
    try:
        return UUID(local_part.removeprefix(_BOUNCE)) if local_part.startswith(_BOUNCE) else None
    except ValueError:
        return None


def envelope_address(address: str) -> str:
    """Return an address as mail servers take it: the domain in ASCII."""
    local_part, _, domain = parseaddr(address)[1].rpartition("@")
    return f"{local_part}@{_ascii(domain)}"


def needs_utf8(address: str) -> bool:
    """Return whether only a server with SMTPUTF8 takes mail to this address."""
    return not parseaddr(address)[1].rpartition("@")[0].isascii()


def domain_of(address: str) -> str:
    """Return the domain of an address, in ASCII."""
    return envelope_address(address).rpartition("@")[2]


def _address(text: str, name: str | None = None) -> Address:
    written, _ = parseaddr(text)
    local_part, _, domain = envelope_address(text).rpartition("@")
    return Address(display_name=" ".join((name or written).split()), username=local_part, domain=domain)


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:  # a name as only intranets have
        return domain.encode("ascii", "ignore").decode("ascii")
