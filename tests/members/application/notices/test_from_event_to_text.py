"""From what happened in lending to the words that a reader gets."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from members_service.adapters.notices.jinja_templates import JinjaTemplates
from members_service.adapters.notices.shipped_templates import ShippedInToml
from members_service.application.notices.rendering.render import RenderNotices
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.circulation import BranchNow, FineNow, HoldNow, LoanNow
from members_service.domain.notices.message import Way
from members_service.domain.notices.notice_settings import QuietHours
from members_service.listeners.loan_events import notice_listener
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.notices.tables import notice_messages
from shared.kernel.ids import new_id
from shared.messaging.envelope import parse
from shared.persistence.database import Database
from tests.members.makers import UTC_ZONE
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import MailSink

_SAMPLES = Path(__file__).parents[3] / "contracts/samples"


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


@pytest.fixture
def talking(desk: NoticeDesk) -> NoticeDesk:
    """Return a desk whose words are those that are shipped."""
    templates = TemplateQueries(desk.register.database)
    desk.words = RenderNotices(templates, JinjaTemplates(), ShippedInToml(), lambda *_: None)  # type: ignore[assignment]  # real words
    return desk


async def _happens(desk: NoticeDesk, name: str, **changed: Any) -> dict[str, Any]:
    """Let members hear of something that happens to a new reader now; return what the event says."""
    ada = await desk.register.enrol(address=Address("12 St James's Square", city="London"), mobile="+4915123456789")
    event = json.loads((_SAMPLES / f"{name}.json").read_text())
    event |= {"id": str(new_id()), "time": desk.clock.now().isoformat()}
    event["data"] |= {"member_id": str(ada.member_id), **changed}
    await notice_listener(desk.note, desk.hear).handle(parse(json.dumps(event).encode()))
    return dict(event["data"])


def _as_it_stands(desk: NoticeDesk, loan: dict[str, Any], **stands: Any) -> None:
    now = LoanNow("open", datetime.fromisoformat(loan["due_at"]))
    desk.lending.loans[UUID(loan["loan_id"])] = replace(now, **stands)


async def _text(desk: NoticeDesk, sink: MailSink) -> str:
    """Let a day pass, and return what the one mail of that day says."""
    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()
    await desk.hand_over()()
    (mail,) = sink.taken
    part = mail.get_payload(0)
    assert not isinstance(part, str)
    return bytes(part.get_payload(decode=True)).decode()


async def test_a_reminder_says_of_how_many_it_is(talking: NoticeDesk, sink: MailSink) -> None:
    loan = await _happens(talking, "loans.loan.overdue", stage=2, stages=3)
    _as_it_stands(talking, loan, owed=250)

    text = await _text(talking, sink)

    assert "our second reminder (2 of 3)" in text
    assert "€2.50" in text
    assert "last reminder" not in text


async def test_what_is_not_renewed_says_why_in_words(talking: NoticeDesk, sink: MailSink) -> None:
    soon = (talking.clock.now() + timedelta(days=9)).isoformat()
    loan = await _happens(talking, "loans.loan.due_soon", due_at=soon, not_renewed=["held-by-other"])
    _as_it_stands(talking, loan)

    assert "Reason: somebody else is waiting for it" in await _text(talking, sink)


@pytest.mark.parametrize(("renewable", "row"), [(True, "renewed: yes"), (False, "renewed: no"), (None, "")])
async def test_what_is_due_soon_says_whether_it_can_be_renewed_where_that_is_known(
    talking: NoticeDesk, sink: MailSink, renewable: bool | None, row: str
) -> None:
    soon = (talking.clock.now() + timedelta(days=9)).isoformat()
    loan = await _happens(talking, "loans.loan.due_soon", due_at=soon, not_renewed=None)
    _as_it_stands(talking, loan, renewable=renewable)

    text = await _text(talking, sink)

    assert row in text
    assert ("renewed:" in text) == (renewable is not None)


async def test_a_lost_copy_says_what_is_charged_for_it(talking: NoticeDesk, sink: MailSink) -> None:
    loan = await _happens(talking, "loans.loan.declared_lost")
    _as_it_stands(talking, loan, status="lost", owed=2500)

    assert "We have charged you €25.00 for it." in await _text(talking, sink)


async def test_money_that_is_given_back_says_by_which_receipt(talking: NoticeDesk, sink: MailSink) -> None:
    await _happens(talking, "loans.fine.refunded")

    text = await _text(talking, sink)

    assert "We have given €1.00 back to you." in text
    assert "Receipt number: MAIN-2026-000043" in text
    assert "Main library" in text


async def test_whoever_chose_no_language_is_written_to_in_that_of_the_library(
    talking: NoticeDesk, sink: MailSink
) -> None:
    fine = await _happens(talking, "loans.fine.charged")
    talking.lending.fines[UUID(fine["fine_id"])] = FineNow(100)
    await talking.change_settings(default_language="de")

    assert "Guten Tag" in await _text(talking, sink)


_HONOLULU = ZoneInfo("Pacific/Honolulu")


async def test_hours_are_said_as_the_clock_of_the_branch_shows_them(desk: NoticeDesk) -> None:
    due = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    desk.lending.branches["MAIN"] = BranchNow("10:00–18:00", zone=_HONOLULU)
    _as_it_stands(desk, await _happens(desk, "loans.loan.due_date_changed", due_at=due.isoformat()))

    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()
    await desk.hand_over()()

    (context,) = desk.words.given
    assert due.astimezone(_HONOLULU) == context.items[0].due
    assert "13:30" == f"{context.items[0].due:%H:%M}"


async def _ready(desk: NoticeDesk, opening: BranchNow) -> datetime | None:
    """Let a hold become ready at a branch, and hand over what is said of it; return until when that waits."""
    until = (desk.clock.now() + timedelta(days=9)).isoformat()
    hold = await _happens(desk, "loans.hold.ready", pickup_until=until)
    desk.lending.holds[UUID(hold["hold_id"])] = HoldNow("ready")
    desk.lending.branches["MAIN"] = opening
    desk.clock.pass_by(timedelta(minutes=20))
    await desk.bundle_all()
    await desk.hand_over()()
    ((waits,),) = await desk.register.database.rows(select(notice_messages.c.next_try_at))
    return None if waits is None else datetime.fromisoformat(str(waits))


async def test_a_closed_branch_is_waited_for_until_its_own_morning(desk: NoticeDesk) -> None:
    opens = (desk.clock.now() + timedelta(days=2)).date()

    waits = await _ready(desk, BranchNow(None, opens, zone=_HONOLULU))

    assert datetime.combine(opens, time(8), _HONOLULU) == waits


@pytest.mark.parametrize("zone", [None, _HONOLULU])
async def test_no_telephone_rings_at_night_by_the_clock_of_the_branch(desk: NoticeDesk, zone: ZoneInfo | None) -> None:
    there = zone or UTC_ZONE
    now = desk.clock.now().astimezone(there)
    quiet = QuietHours((now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time())
    desk.possible = frozenset({Way.PUSH})
    await desk.change_settings(quiet_hours=quiet, ways=("push",))

    waits = await _ready(desk, BranchNow("10:00–18:00", zone=zone))

    assert now + timedelta(hours=1) == waits
