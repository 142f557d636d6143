"""Copies that come back: where each goes next, and what the desk is told."""

from datetime import timedelta

from tests.loans.api.conftest import Service


async def test_a_return_closes_the_loan_and_says_where_the_copy_goes(service: Service) -> None:
    await service.check_out()
    service.clock.pass_by(timedelta(days=1))

    answer = await service.bring_back()

    body = answer.json()
    assert (200, "shelf") == (answer.status_code, body["next"])
    assert ("returned", "2026-03-03T10:00:00Z") == (body["loan"]["status"], body["loan"]["returned_at"])


async def test_a_second_scan_answers_without_a_loan(service: Service) -> None:
    await service.check_out()
    await service.bring_back()

    again = await service.bring_back()

    nothing = dict.fromkeys(("loan", "hold", "fine", "suspended_until", "copy_status", "notice", "hold_refusals"))
    assert (200, nothing | {"next": "shelf", "notes": []}) == (again.status_code, again.json())


async def test_a_repeated_return_brings_its_first_answer_again(service: Service) -> None:
    await service.check_out()
    first = await service.bring_back(key="r1")

    again = await service.bring_back(key="r1")

    assert first.content == again.content
    assert "true" == again.headers["Idempotency-Replayed"]


async def test_a_return_needs_no_neighbour(service: Service) -> None:
    await service.check_out()
    service.catalogue.down = service.members.down = True

    assert 200 == (await service.bring_back()).status_code


async def test_a_copy_returned_elsewhere_travels_home(service: Service) -> None:
    await service.check_out()

    assert "transit" == (await service.bring_back(branch="EAST")).json()["next"]
    assert "shelf" == (await service.bring_back(branch="MAIN")).json()["next"]


async def test_a_copy_is_taken_back_at_home_where_nobody_can_say_whether_there_is_such_a_branch(
    service: Service,
) -> None:
    await service.check_out()
    service.catalogue.down = True

    returned = await service.bring_back(branch="ATLANTIS")

    assert (200, "shelf") == (returned.status_code, returned.json()["next"])
    assert "a branch ATLANTIS" in returned.json()["notice"]
