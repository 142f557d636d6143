"""One loan, as it is shown to the desk and to the member."""

from datetime import timedelta

from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, Service, a_token


async def test_a_loan_is_shown_with_its_tag_and_not_sent_twice(service: Service) -> None:
    loan = (await service.check_out()).json()
    path = f"/v1/loans/{loan['loan_id']}"

    shown = await service.get(path)
    again = await service.get(path, **{"If-None-Match": shown.headers["ETag"]})
    await service.bring_back()
    changed = await service.get(path, **{"If-None-Match": shown.headers["ETag"]})

    assert (200, loan) == (shown.status_code, shown.json() | {"notes": [], "ended_loan_id": None})
    assert (304, b"") == (again.status_code, again.content)
    assert (200, '"2"') == (changed.status_code, changed.headers["ETag"])


async def test_a_loan_that_has_become_overdue_is_sent_again_and_changed_by_either_tag(service: Service) -> None:
    lent = await service.check_out()
    path = f"/v1/loans/{lent.json()['loan_id']}"

    service.clock.pass_by(timedelta(days=60))
    late = await service.get(path, **{"If-None-Match": lent.headers["ETag"]})
    again = await service.get(path, **{"If-None-Match": late.headers["ETag"]})
    claimed = await service.post(f"{path}/claim-returned", {}, if_match=late.headers["ETag"])

    assert (200, True, 304) == (late.status_code, late.json()["overdue"], again.status_code)
    assert (200, False, '"2"') == (claimed.status_code, claimed.json()["overdue"], claimed.headers["ETag"])


async def test_a_members_own_loan_is_shown_and_anybody_elses_is_as_unknown_as_none(service: Service) -> None:
    loan = (await service.check_out()).json()
    path = f"/v1/loans/{loan['loan_id']}"
    somebody = a_token(role="member", member_id=new_id())
    without_membership = a_token(scope="self")

    foreign, unknown = await service.get(path, somebody), await service.get(f"/v1/loans/{new_id()}", somebody)

    assert 200 == (await service.get(path, ADAS)).status_code
    assert 404 == foreign.status_code == unknown.status_code
    assert problem_of(foreign)["detail"] == problem_of(unknown)["detail"]
    assert 404 == (await service.get(path, without_membership)).status_code
