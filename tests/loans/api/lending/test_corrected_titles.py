from dataclasses import replace

from loans_service.application.lending.amendments.correct_title import CorrectTitle
from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA, a_copy, a_standing


async def test_a_title_that_books_corrects_is_shown_by_loans_and_holds_made_before(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    lent = await service.check_out()
    placed = await hold(service, "KIM")
    service.catalogue.copies = [replace(a_copy(), title="Emma. A Novel")]
    ports = service.app.state.ports

    for _ in range(2):  # news may come twice
        await CorrectTitle(ports.unit_of_work, service.catalogue)(EMMA)

    loan = await service.get(f"/v1/loans/{lent.json()['loan_id']}")
    shown = (await service.get(f"/v1/holds/{placed['hold_id']}")).json()
    assert ["Emma. A Novel"] * 2 == [loan.json()["title"], shown["title"]]
    assert ('"1"', '"2"') == (lent.headers["etag"], loan.headers["etag"])
    await CorrectTitle(ports.unit_of_work, service.catalogue)(new_id())
