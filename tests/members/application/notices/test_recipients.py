"""Of a child a guardian is written to, until an age that the library sets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from members_service.application.notices.recipients import Recipient, written_to
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.notices.notice_settings import NoticeSettings
from shared.kernel.ids import new_id

_TODAY = date(2026, 3, 1)
_MUM, _DAD = new_id(), new_id()
_BORN = PersonalDetails(date_of_birth=date(2010, 3, 2))  # sixteen tomorrow
_KIM = Recipient(new_id(), "Kim", details=_BORN, guardian_ids=(_MUM, _DAD))
_PEOPLE = {one.member_id: one for one in (_KIM, Recipient(_MUM, "Mum"), Recipient(_DAD, "Dad"))}


@pytest.mark.parametrize(("until", "day", "to"), [(18, 0, _MUM), (16, 0, _MUM), (16, 1, _KIM.member_id)])
def test_a_guardian_is_written_to_until_the_child_is_old_enough(until: int, day: int, to: object) -> None:
    settings = NoticeSettings(guardians_until=until)

    assert to == written_to(_KIM.member_id, _PEOPLE, settings, _TODAY + timedelta(days=day))


def test_whoever_has_no_guardian_or_no_date_of_birth_is_written_to() -> None:
    for one in (replace(_KIM, guardian_ids=()), replace(_KIM, details=PersonalDetails())):
        people = _PEOPLE | {one.member_id: one}
        assert one.member_id == written_to(one.member_id, people, NoticeSettings(), _TODAY)


def test_a_guardian_who_is_gone_stands_in_for_nobody() -> None:
    people = {one: person for one, person in _PEOPLE.items() if one != _MUM}

    assert _KIM.member_id == written_to(_KIM.member_id, people, NoticeSettings(), _TODAY)
