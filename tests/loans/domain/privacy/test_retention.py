from datetime import timedelta

from loans_service.domain.privacy.retention import ENDED, Retention
from tests.loans.makers import NOW


def test_each_way_of_having_ended_is_kept_for_its_days_and_any_other_as_the_policy_says() -> None:
    before = Retention({"returned": 30, "paid": 0}).ended_before(NOW, usual_days=365)

    assert set(ENDED) == set(before)
    assert (NOW - timedelta(days=30), NOW) == (before.pop("returned"), before.pop("paid"))
    assert {NOW - timedelta(days=365)} == set(before.values())
