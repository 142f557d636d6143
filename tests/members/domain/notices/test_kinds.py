"""The kinds of notices."""

from members_service.domain.notices.kinds import DAILY, WINDOWS, NoticeClass, NoticeGroup, NoticeKind
from members_service.domain.notices.message import class_of


def test_every_group_has_a_window_or_goes_out_daily() -> None:
    assert set(NoticeGroup) == DAILY | WINDOWS.keys()
    assert not DAILY & WINDOWS.keys()


def test_kinds_of_one_group_that_wait_together_do_not_mix_security_with_anything_else() -> None:
    for group in NoticeGroup:
        classes = {kind.notice_class for kind in NoticeKind if kind.group is group}
        assert 1 == len(classes)


def test_a_message_matters_as_much_as_the_weightiest_notice_in_it() -> None:
    assert NoticeClass.MANDATORY is class_of([NoticeKind.DUE_SOON, NoticeKind.OVERDUE])
    assert NoticeClass.SECURITY is class_of([NoticeKind.OVERDUE, NoticeKind.RECOVERY])
