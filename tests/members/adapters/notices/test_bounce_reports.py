"""What comes back is made out, whoever wrote it."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from members_service.adapters.notices.bounce_reports import bounces_of
from members_service.application.notices.note_bounce import Bounce, BounceKind
from tests.members.reports import complaint, holiday, report

MESSAGE = UUID("01a20e28-1091-7c1a-9b57-7cb0a1d1c0de")


def _kinds(raw: bytes) -> list[BounceKind] | None:
    found = bounces_of(raw)
    return None if found is None else [one.kind for one in found]


def test_a_report_names_the_message_by_the_address_that_it_came_to() -> None:
    assert (Bounce(BounceKind.HARD, MESSAGE, status="5.1.1"),) == bounces_of(report(MESSAGE))


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_to_another_address_names_the_message_by_what_it_returns(returned: str) -> None:
    raw = report(MESSAGE, to="postmaster@library.example", returned=returned)

    assert [MESSAGE] == [one.message_id for one in bounces_of(raw) or ()]


def test_the_address_in_a_report_is_not_believed() -> None:
    (bounce,) = bounces_of(report(MESSAGE, recipient="somebody.else@town.example")) or ()

    assert bounce.address is None


@pytest.mark.parametrize(
    ("status", "diagnosis", "kind"),
    [
        ("5.1.1", "", BounceKind.HARD),
        ("5.1.10", "", BounceKind.HARD),
        ("5.4.4", "", BounceKind.HARD),
        ("5.0.0", "smtp; 550 no such user", BounceKind.HARD),
        ("5.0.0", "smtp; 550-5.7.1 you are on a list", BounceKind.SOFT),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", BounceKind.SOFT),
        ("5.7.1", "smtp; 550 5.7.1 refused by policy", BounceKind.SOFT),
        ("4.4.7", "", BounceKind.SOFT),
        ("", "", BounceKind.SOFT),
    ],
)
def test_only_what_is_about_the_address_counts_against_it(status: str, diagnosis: str, kind: BounceKind) -> None:
    assert [kind] == _kinds(report(MESSAGE, status=status, diagnosis=diagnosis))


@pytest.mark.parametrize(
    "raw",
    [
        report(MESSAGE, action="delayed", status="4.4.1"),
        report(MESSAGE, action="relayed", status="2.0.0"),
        holiday(MESSAGE),
        complaint(MESSAGE, kind="not-spam"),
    ],
)
def test_what_says_only_to_wait_says_nothing(raw: bytes) -> None:
    assert [] == _kinds(raw)


def test_a_complaint_is_one() -> None:
    assert [BounceKind.COMPLAINT] == _kinds(complaint(MESSAGE))


_WHOLE = report(MESSAGE)
_NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(1200))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"To: bounce+nothing@library.example\r\n\r\nHello",
        b"To: bounce+%s@library.example\r\n\r\nHello" % MESSAGE.hex.encode(),
        _WHOLE.replace(b"Action:", b"Reaction:"),
        _WHOLE.replace(b"message/delivery-status", b"text/plain"),
        _WHOLE[:450],
        _NESTED,
        b"Content-Type: multipart/report; boundary=\r\nTo: =?x?q?=ff?=\r\n\r\n--\r\n",
    ],
    ids=["empty", "nulls", "no id", "prose", "no action", "no status", "cut", "nested", "no boundary"],
)
def test_what_cannot_be_made_out_breaks_nothing(raw: bytes) -> None:
    assert bounces_of(raw) is None


def test_a_report_whose_end_was_not_fetched_is_read_all_the_same() -> None:
    parts: Sequence[bytes] = _WHOLE.partition(b"--B1\r\nContent-Type: text/rfc822-headers")

    assert [BounceKind.HARD] == _kinds(parts[0])
