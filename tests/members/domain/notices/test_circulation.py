"""Whether a notice still says what is true, just before it goes out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from members_service.domain.notices.circulation import (
    Circulation,
    FineNow,
    HoldNow,
    LoanNow,
    question_about,
    still_holds,
)
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Notice, Occurrence, replaced
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW

_SUBJECT = UUID("01900000-0000-7000-8000-00000000aaaa")
_DUE = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)


def _notice(kind: NoticeKind, *, at: datetime = NOW, stage: int = 0, subject: UUID = _SUBJECT) -> Notice:
    facts = {"due_at": _DUE.isoformat()}
    return Notice(new_id(), Occurrence(ADA, kind, subject, at, stage=stage, branch="MAIN", facts=facts), NOW)


def _loan(status: str = "open", due_at: datetime = _DUE) -> Circulation:
    return Circulation(loans={_SUBJECT: LoanNow(status, due_at)})


@pytest.mark.parametrize("kind", [NoticeKind.DUE_SOON, NoticeKind.OVERDUE, NoticeKind.RECALLED, NoticeKind.RENEWED])
def test_what_holds_of_a_loan_holds_while_it_is_open_and_due_as_said(kind: NoticeKind) -> None:
    assert still_holds(_notice(kind), _loan())
    assert not still_holds(_notice(kind), _loan("returned"))
    assert not still_holds(_notice(kind), _loan("claimed_returned"))
    assert not still_holds(_notice(kind), _loan(due_at=_DUE + timedelta(days=7)))
    assert not still_holds(_notice(kind), Circulation())


def test_a_copy_is_billed_only_while_it_is_lost() -> None:
    assert still_holds(_notice(NoticeKind.LOST), _loan("lost"))
    assert not still_holds(_notice(NoticeKind.LOST), _loan("returned"))


@pytest.mark.parametrize(("status", "holds"), [("ready", True), ("waiting", False), ("fulfilled", False)])
def test_only_what_is_ready_is_to_be_fetched(status: str, holds: bool) -> None:
    assert holds is still_holds(_notice(NoticeKind.HOLD_READY), Circulation(holds={_SUBJECT: HoldNow(status)}))


def test_a_hold_that_is_over_is_not_announced_any_more() -> None:
    assert still_holds(_notice(NoticeKind.HOLD_PLACED), Circulation(holds={_SUBJECT: HoldNow("in_transit")}))
    assert not still_holds(_notice(NoticeKind.HOLD_PLACED), Circulation(holds={_SUBJECT: HoldNow("cancelled")}))


def test_nobody_is_asked_for_money_that_is_paid() -> None:
    assert still_holds(_notice(NoticeKind.CHARGED), Circulation(fines={_SUBJECT: FineNow(240)}))
    assert not still_holds(_notice(NoticeKind.CHARGED), Circulation(fines={_SUBJECT: FineNow(0)}))


def test_what_happened_once_stays_true() -> None:
    assert still_holds(_notice(NoticeKind.RECEIPT), Circulation())
    assert still_holds(_notice(NoticeKind.SIGNED_IN), Circulation())


def test_lending_is_asked_only_about_what_it_knows() -> None:
    code = Notice(new_id(), Occurrence(ADA, NoticeKind.RECOVERY, _SUBJECT, NOW), NOW)

    assert not question_about([code])
    assert {_SUBJECT} == question_about([_notice(NoticeKind.OVERDUE)]).loans
    assert {"MAIN"} == question_about([_notice(NoticeKind.HOLD_READY)]).branches


def test_a_loan_that_renewed_itself_is_not_due_soon_any_more() -> None:
    due, renewed = _notice(NoticeKind.DUE_SOON), _notice(NoticeKind.RENEWED, at=NOW + timedelta(hours=1))

    assert [due] == replaced([renewed, due])


def test_of_a_due_date_that_moved_twice_only_the_last_holds() -> None:
    first = _notice(NoticeKind.DUE_DATE_CHANGED)
    second = _notice(NoticeKind.DUE_DATE_CHANGED, at=NOW + timedelta(minutes=5))

    assert [first] == replaced([first, second])
    assert [] == replaced([first, _notice(NoticeKind.DUE_DATE_CHANGED, subject=new_id())])
