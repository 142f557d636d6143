"""Mails go, and what comes back is fetched, over TLS to the server that is meant alone: else they wait and say why."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from members_service.adapters.notices.carriers import OutgoingCarriers
from members_service.adapters.notices.imap_mailbox import ImapMailbox
from members_service.adapters.notices.server_address import MailboxAddress, ServerAddress
from members_service.adapters.notices.smtp_server import SmtpServer
from members_service.application.notices.read_bounces import MailboxAway
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from shared.kernel.ids import new_id
from shared.tls import ServerCertificate
from tests.authority import Authority, Issued
from tests.members.imap_server import Mailbox, serving
from tests.members.notices import SENDER, NoticeDesk
from tests.members.register import Register
from tests.members.reports import report
from tests.members.smtp_sink import MailSink, listening
from tests.ports import HOST

_PASSWORD = "a word that nobody may hear"
_REFUSED: dict[str, tuple[Callable[[Authority, Authority], Issued], str]] = {
    "wrong name": (lambda ours, _: ours.issue("other.example"), "mismatch"),
    "unknown authority": (lambda _, others: others.issue(HOST), "unable to get local issuer certificate"),
    "expired": (lambda ours, _: ours.issue(HOST, expired=True), "certificate has expired"),
}
_ways = pytest.mark.parametrize("tls", [True, False], ids=["from the first byte", "by STARTTLS"])


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    """The authority of the library itself, which no system knows."""
    return Authority(tmp_path / "ours")


@pytest.fixture
def others(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "others")


def _context(issued: Issued) -> ssl.SSLContext:
    return ServerCertificate(issued.certificate, issued.key).context()


async def _hand_over(register: Register, sink: MailSink, ours: Authority, *, tls: bool) -> str:
    """Send a notice to the sink; return what its message says, and what the log does."""
    desk = NoticeDesk(register)
    ada = await register.enrol()
    await desk.tell(Occurrence(ada.member_id, NoticeKind.SIGNED_IN, new_id(), desk.clock.now()))
    await desk.bundle_all()
    address = ServerAddress(HOST, sink.port, None, tls, not tls)
    server = SmtpServer(address, ca_file=ours.file, timeout=2)
    carriers = OutgoingCarriers(server, None, SENDER, desk.clock)
    with structlog.testing.capture_logs() as logs:
        await replace(desk.hand_over(), carriers=carriers)()
    ((state, why),) = (await desk.states())["notice_messages"]
    return "; ".join([state, str(why), *(one["reason"] for one in logs if "reason" in one)])


@_ways
async def test_a_mail_goes_to_the_server_that_our_own_authority_vouches_for(
    register: Register, ours: Authority, *, tls: bool
) -> None:
    context = _context(ours.issue(HOST))
    async with listening(MailSink(), tls=context if tls else None, start_tls=None if tls else context) as sink:
        assert "handed_over; None" == await _hand_over(register, sink, ours, tls=tls)

    assert 1 == len(sink.taken)
    assert b"MAIL" not in sink.in_clear


@_ways
@pytest.mark.parametrize("fault", _REFUSED)
async def test_a_mail_waits_and_says_why_where_another_server_answers(
    register: Register, ours: Authority, others: Authority, fault: str, *, tls: bool
) -> None:
    issue, reason = _REFUSED[fault]
    context = _context(issue(ours, others))
    async with listening(MailSink(), tls=context if tls else None, start_tls=None if tls else context) as sink:
        outcome = await _hand_over(register, sink, ours, tls=tls)

    assert outcome.startswith("ready; server-away; ")
    assert reason in outcome
    assert [] == sink.taken
    assert b"MAIL" not in sink.in_clear


@_ways
async def test_a_mail_waits_where_the_server_encrypts_nothing(
    register: Register, ours: Authority, *, tls: bool
) -> None:
    async with listening(MailSink()) as sink:
        outcome = await _hand_over(register, sink, ours, tls=tls)

    assert outcome.startswith("ready; server-away; ")
    assert [] == sink.taken
    assert b"MAIL" not in sink.in_clear


def _fetching(mailbox: Mailbox, ours: Authority, *, tls: bool) -> ImapMailbox:
    address = MailboxAddress(HOST, mailbox.port, mailbox.user, tls, not tls)
    return ImapMailbox(address, password=_PASSWORD, ca_file=ours.file, timeout=2)


@_ways
async def test_what_came_back_is_fetched_from_the_server_that_our_own_authority_vouches_for(
    ours: Authority, *, tls: bool
) -> None:
    context = _context(ours.issue(HOST))
    mailbox = Mailbox(password=_PASSWORD, start_tls=None if tls else context)
    mailbox.put(report(new_id()))
    async with serving(mailbox, tls=context if tls else None):
        imap = _fetching(mailbox, ours, tls=tls)
        found = await imap.waiting(10, but=())
        await imap.rest()

    assert 1 == len(found)
    assert {"CAPABILITY", "STARTTLS"} >= set(mailbox.in_clear)


@_ways
@pytest.mark.parametrize("fault", _REFUSED)
async def test_no_password_is_said_to_another_server(
    ours: Authority, others: Authority, fault: str, *, tls: bool
) -> None:
    issue, reason = _REFUSED[fault]
    context = _context(issue(ours, others))
    mailbox = Mailbox(password=_PASSWORD, start_tls=None if tls else context)
    async with serving(mailbox, tls=context if tls else None):
        with pytest.raises(MailboxAway, match=reason):
            await _fetching(mailbox, ours, tls=tls).waiting(10, but=())

    assert {"CAPABILITY", "STARTTLS", "LOGOUT"} >= set(mailbox.commands)


@_ways
async def test_no_password_is_said_to_a_server_that_encrypts_nothing(ours: Authority, *, tls: bool) -> None:
    mailbox = Mailbox(password=_PASSWORD)
    async with serving(mailbox):
        with pytest.raises(MailboxAway):
            await _fetching(mailbox, ours, tls=tls).waiting(10, but=())

    assert not [one for one in mailbox.commands if _PASSWORD in one or one.startswith(("LOGIN", "AUTHENTICATE"))]
