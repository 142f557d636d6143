"""Staff let a hold wait for something else, and it keeps its place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from loans_service.domain.rights import PLACE_HOLDS
from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.holds.pulling import shelve, shown, target_of
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

OTHER = UUID(int=77)


@pytest.fixture
def two_titles(library: Service) -> Service:
    """A library with a copy of Emma and one of another title."""
    library.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=OTHER, barcode="OTHER"))
    return library


async def move(library: Service, held: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await library.post(f"/v1/holds/{held['hold_id']}/move", body)
    assert 200 == answer.status_code, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


async def queue(library: Service, book_id: UUID) -> list[str]:
    return [each["hold_id"] for each in (await library.get(f"/v1/hold-queues/{book_id}")).json()["items"]]


async def test_a_hold_that_moves_to_another_title_stands_there_by_its_own_date(two_titles: Service) -> None:
    await two_titles.check_out(copy_barcode="OTHER", card_number="ADA")
    first = await hold(two_titles, "JESSICA", book_id=str(OTHER))
    two_titles.clock.pass_by(timedelta(days=1))
    moving = await hold(two_titles, "STEVE")
    behind_in_emma = await hold(two_titles, "JESSICA")
    two_titles.clock.pass_by(timedelta(days=1))
    last = await hold(two_titles, "REBECCA", book_id=str(OTHER))

    moved = await move(two_titles, moving, book_id=str(OTHER))
    await two_titles.choose_targets()

    assert (str(OTHER), 2, moving["placed_at"]) == (moved["book_id"], moved["position"], moved["placed_at"])
    assert [first["hold_id"], moving["hold_id"], last["hold_id"]] == await queue(two_titles, OTHER)
    assert "30000000000019" == await target_of(two_titles, behind_in_emma), "what was to be pulled for it is free"
    scan = (await two_titles.bring_back(copy_barcode="OTHER")).json()
    assert first["hold_id"] == scan["hold"]["hold_id"]


async def test_a_hold_that_moves_to_one_copy_keeps_its_place_and_waits_for_that_alone(library: Service) -> None:
    shelve(library, "C2")
    (second,) = [copy for copy in library.catalogue.copies if copy.barcode == "C2"]
    await library.check_out(copy_barcode="C2", card_number="ADA")
    held = await hold(library, "JESSICA")
    assert "30000000000019" == await target_of(library, held)

    moved = await move(library, held, copy_id=str(second.copy_id))
    await library.choose_targets()

    assert (str(second.copy_id), 1, None) == (moved["copy_id"], moved["position"], moved["target"])
    assert "shelf" == (await library.bring_back()).json()["next"]
    assert held["hold_id"] == (await library.bring_back(copy_barcode="C2")).json()["hold"]["hold_id"]


async def test_a_hold_for_one_copy_moves_to_any_of_its_title_or_to_a_volume(library: Service) -> None:
    library.catalogue.copies = [a_copy(volume="1"), a_copy(copy_id=new_id(), barcode="V2", volume="2")]
    (first, _) = library.catalogue.copies
    held = await hold(library, "JESSICA", book_id=None, copy_id=str(first.copy_id))

    moved = await move(library, held, book_id=str(EMMA), volume="2")
    await library.choose_targets()

    assert (None, "2") == (moved["copy_id"], moved["volume"])
    assert "V2" == await target_of(library, held)


async def test_moving_a_hold_is_for_staff_and_names_one_thing(two_titles: Service) -> None:
    held = await hold(two_titles, "ADA")
    path = f"/v1/holds/{held['hold_id']}/move"

    own = await two_titles.post(path, {"book_id": str(OTHER)}, token=ADAS)
    both = await two_titles.post(path, {"book_id": str(OTHER), "copy_id": str(new_id())})
    neither = await two_titles.post(path, {})

    assert [403, 422, 422] == [each.status_code for each in (own, both, neither)]
    assert "value-error" == problem_of(both)["errors"][0]["code"]
    assert str(EMMA) == (await shown(two_titles, held))["book_id"]


@pytest.mark.parametrize(
    ("waits_for", "is_to_be_pulled"), [({"copy_id": str(EMMA_COPY)}, False), ({"book_id": str(EMMA)}, True)]
)
async def test_a_hold_that_is_fetched_where_its_copy_is_at_home_is_moved_by_who_places_holds_there(
    library: Service, waits_for: dict[str, str], is_to_be_pulled: bool
) -> None:
    library.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=OTHER, barcode="OTHER", branch="EAST"))
    held = await hold(library, "JESSICA", **{"book_id": None, "pickup_branch": None} | waits_for)
    if not is_to_be_pulled:
        await library.post(f"/v1/holds/{held['hold_id']}/suspend", {})
    assert is_to_be_pulled == (await target_of(library, held) is not None)
    path, to_east = f"/v1/holds/{held['hold_id']}/move", {"copy_id": str(library.catalogue.copies[-1].copy_id)}

    east, main, both = [await library.post(path, to_east, token=desk(at)) for at in ("EAST", "MAIN", "EAST,MAIN")]

    assert (403, "right-missing", "MAIN") == (east.status_code, problem_of(east)["code"], east.json()["branch"])
    assert (403, "right-missing", "EAST") == (main.status_code, problem_of(main)["code"], main.json()["branch"])
    assert 200 == both.status_code, both.text


@pytest.mark.parametrize("waits_for", [{"copy_id": str(EMMA_COPY)}, {"book_id": str(EMMA)}])
async def test_a_hold_that_is_fetched_where_its_copy_is_at_home_is_changed_by_who_places_holds_there(
    library: Service, waits_for: dict[str, str]
) -> None:
    held = await hold(library, "JESSICA", **{"book_id": None, "pickup_branch": None} | waits_for)
    await target_of(library, held)
    suspend, cancel = (f"/v1/holds/{held['hold_id']}/{act}" for act in ("suspend", "cancel"))

    at_east = [await library.post(path, {}, token=desk("EAST")) for path in (suspend, cancel)]
    at_main = [await library.post(path, {}, token=desk("MAIN")) for path in (suspend, cancel)]

    assert [(403, "place_holds", "MAIN")] * 2 == [
        (each.status_code, each.json()["right"], each.json()["branch"]) for each in at_east
    ]
    assert [200, 200] == [each.status_code for each in at_main], [each.text for each in at_main]


async def test_a_hold_of_one_copy_is_placed_by_who_places_holds_where_it_is_at_home(library: Service) -> None:
    body = {"copy_id": str(EMMA_COPY), "card_number": "JESSICA"}

    at_east, at_main = [await library.post("/v1/holds", body, token=desk(at)) for at in ("EAST", "MAIN")]

    assert (403, "right-missing", "MAIN") == (
        at_east.status_code,
        problem_of(at_east)["code"],
        at_east.json()["branch"],
    )
    assert 201 == at_main.status_code, at_main.text


async def test_a_hold_of_which_no_copy_is_known_is_cancelled_by_who_places_holds_anywhere(library: Service) -> None:
    await library.check_out(card_number="ADA")
    held = await hold(library, "JESSICA", pickup_branch=None)

    cancelled = await library.post(f"/v1/holds/{held['hold_id']}/cancel", {}, token=desk("EAST"))

    assert 200 == cancelled.status_code, cancelled.text


def desk(at: str) -> str:
    return a_token(role="librarian", rights=f"{1 << PLACE_HOLDS.number:x}:{at}")
