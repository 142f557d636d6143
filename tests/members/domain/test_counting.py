"""What the acts of a membership count for, and what figures know of a member."""

from datetime import date

import pytest

from members_service.domain.counting import age_band_of, channel_of, count_of_leaving, counts_of, values_of
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.personal_details import PersonalDetails
from shared.kernel.cube import Count
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW, a_member

DAY = date(2026, 3, 2)
OF_ADA = {"branch": "unknown", "category": "adult", "age_band": "unknown"}


def counted(what: MembershipEventType, by: str | None) -> list[Count]:
    return list(counts_of(HistoryEntry(what, NOW, by), a_member(id=ADA), DAY))


def test_who_joins_and_who_renews_counts_and_all_else_counts_for_nothing() -> None:
    clerk = str(new_id())

    assert [Count("joined", DAY, OF_ADA | {"channel": "desk"})] == counted(MembershipEventType.JOINED, clerk)
    assert [Count("renewed", DAY, OF_ADA | {"channel": "reader"})] == counted(MembershipEventType.RENEWED, str(ADA))
    assert [] == counted(MembershipEventType.SUSPENDED, clerk)


def test_a_member_counts_by_home_branch_category_and_age_of_the_day() -> None:
    child = a_member(category="child", details=PersonalDetails(date_of_birth=date(2014, 3, 3)))

    assert ("EAST", "child", "6-11") == values_of("EAST", "child", date(2014, 3, 3), on=DAY)
    assert Count("left", DAY, {"branch": "unknown", "category": "child", "age_band": "6-11"}) == count_of_leaving(
        child, DAY
    )


@pytest.mark.parametrize(
    ("by", "channel"),
    [(None, "itself"), (str(ADA), "reader"), (str(new_id()), "desk"), ("a machine", "machine"), ("", "machine")],
)
def test_an_act_comes_in_at_a_desk_by_a_machine_by_the_member_or_by_itself(by: str | None, channel: str) -> None:
    assert channel == channel_of(by, ADA)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (date(2026, 3, 2), "0-5"),
        (date(2020, 3, 3), "0-5"),
        (date(2020, 3, 2), "6-11"),
        (date(2014, 3, 3), "6-11"),
        (date(2014, 3, 2), "12-17"),
        (date(2008, 3, 3), "12-17"),
        (date(2008, 3, 2), "18-64"),
        (date(1961, 3, 3), "18-64"),
        (date(1961, 3, 2), "65+"),
    ],
)
def test_of_a_date_of_birth_figures_know_the_band_of_the_age(born: date | None, band: str) -> None:
    assert band == age_band_of(born, on=DAY)
