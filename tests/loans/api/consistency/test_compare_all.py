from loans_service.application.consistency.compare_all import Compared
from tests.loans.api.conftest import Service


async def test_everything_is_compared_in_one_go_and_told_again_if_wanted(service: Service) -> None:
    await service.check_out()
    compare = service.app.state.consistency.compare_all

    seen = await compare(repair=False)
    told = await compare(repair=True)

    assert Compared(checked=1, differing=1) == seen
    assert Compared(checked=1, differing=1, republished=1) == told
    assert (False, True) == (seen.is_clean, told.is_clean)
    states = [data["availability"] async for type_, data in service.events() if type_.endswith("availability_changed")]
    assert ["on_loan", "on_loan"] == states
