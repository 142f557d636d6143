"""Mails as they come back: reports of mail servers, complaints, and what is neither."""

from uuid import UUID

_RETURNED = """\
Return-Path: <bounce+{message}@library.example>
Message-ID: <{id}@library.example>
From: Library <notices@library.example>
To: ada@town.example
Subject: Something is ready for you
"""


def report(
    message: UUID,
    *,
    to: str | None = None,
    action: str = "failed",
    status: str = "5.1.1",
    diagnosis: str = "smtp; 550 5.1.1 <ada@town.example>: Recipient address rejected",
    returned: str = "text/rfc822-headers",
    recipient: str = "ada@town.example",
) -> bytes:
    """Return a report on delivery as Postfix writes it, sent to the address that the mail had come from."""
    sent_to = to or f"bounce+{message.hex}@library.example"
    headers = _RETURNED.format(message=message.hex, id=message)
    text = f"""\
From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: {sent_to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon, 30 Nov 2026 08:00:00 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnosis}

--B1
Content-Type: {returned}

{headers}
--B1--
"""
    return text.replace("\n", "\r\n").encode()


def complaint(message: UUID, *, kind: str = "abuse") -> bytes:
    """Return a complaint (RFC 5965), sent to the library's address for such."""
    headers = _RETURNED.format(message=message.hex, id=message)
    text = f"""\
From: feedback@mail.example
To: abuse@library.example
Subject: FW: Something is ready for you
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B2"

--B2
Content-Type: text/plain

This is an email abuse report.

--B2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--B2
Content-Type: message/rfc822

{headers}
Hello Ada
--B2--
"""
    return text.replace("\n", "\r\n").encode()


def holiday(message: UUID) -> bytes:
    """Return what answers while somebody is on holiday, sent to the address that the mail had come from."""
    return f"""\
From: ada@town.example
To: bounce+{message.hex}@library.example
Auto-Submitted: auto-replied (vacation)
Subject: I am away

Until Monday.
""".encode()
