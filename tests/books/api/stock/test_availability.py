"""What lending is told of its own words, to compare them with what it knows."""

from uuid import UUID

from books_service.domain.stock.stands import ReportedStands, StandsWhy
from tests.books.api.conftest import Service, problem

AWAY = "/v1/copies/availability"


async def test_lending_reads_back_what_it_said_page_by_page_and_copy_by_copy(service: Service) -> None:
    book, copies = await service.shelve("C1", "C2", "C3", "C4")
    out, held, back, never = sorted(copy["copy_id"] for copy in copies)
    for sequence, (copy_id, word) in enumerate(((out, "on_loan"), (held, "on_hold_shelf"), (back, "available")), 1):
        why = {"on_loan": StandsWhy.ON_LOAN, "on_hold_shelf": StandsWhy.HOLD_SHELF}.get(word, StandsWhy.HOME)
        branch = None if why is StandsWhy.HOME else "MAIN"
        await service.library.hear(UUID(copy_id), word, sequence=sequence, stands=ReportedStands(branch, why))

    first = (await service.get(f"{AWAY}?limit=1", by="loans")).json()["items"]
    second = (await service.get(f"{AWAY}?after={out}", by="loans")).json()["items"]
    named = (await service.get(f"{AWAY}?copy_id={never}&copy_id={back}", by="loans")).json()["items"]

    shown = {"availability": "on_loan", "due_at": None, "transit_to": None}
    stands = {"branch": "MAIN", "why": "on_loan", "since": None}
    assert first == [{"copy_id": out, "book_id": book["book_id"], **shown, "stands": stands}]
    assert [copy["copy_id"] for copy in second] == [held]
    assert [(copy["copy_id"], copy["availability"]) for copy in named] == [(back, "available")]


async def test_lending_reads_back_what_is_available_and_has_floated(service: Service) -> None:
    _, (copy,) = await service.shelve("C1")
    floated = ReportedStands("WEST", StandsWhy.FLOATED)
    await service.library.hear(UUID(copy["copy_id"]), "available", sequence=1, stands=floated)

    (away,) = (await service.get(AWAY, by="loans")).json()["items"]

    assert ("available", "WEST", "floated") == (away["availability"], away["stands"]["branch"], away["stands"]["why"])


async def test_only_lending_asks_and_not_for_too_many_at_once(service: Service) -> None:
    many = "&".join(["copy_id=01a20e28-0ed8-759a-b944-fc4ab3285b0d"] * 101)

    assert problem(await service.get(AWAY, by="librarian"))[0] == 403
    assert problem(await service.get(f"{AWAY}?{many}", by="loans"))[0] == 422
    assert problem(await service.get(f"{AWAY}?limit=101", by="loans"))[0] == 422
