"""What lending is told of its own words, to compare them with what it knows."""

from uuid import UUID

from tests.books.api.conftest import Service, problem

AWAY = "/v1/copies/availability"


async def test_lending_reads_back_what_it_said_page_by_page_and_copy_by_copy(service: Service) -> None:
    book, copies = await service.shelve("C1", "C2", "C3", "C4")
    out, held, back, never = sorted(copy["copy_id"] for copy in copies)
    for sequence, (copy_id, word) in enumerate(((out, "on_loan"), (held, "on_hold_shelf"), (back, "available")), 1):
        await service.library.hear(UUID(copy_id), word, sequence=sequence)

    first = (await service.get(f"{AWAY}?limit=1", by="loans")).json()["items"]
    second = (await service.get(f"{AWAY}?after={out}", by="loans")).json()["items"]
    named = (await service.get(f"{AWAY}?copy_id={never}&copy_id={back}", by="loans")).json()["items"]

    assert first == [{"copy_id": out, "book_id": book["book_id"], "availability": "on_loan", "due_at": None}]
    assert [copy["copy_id"] for copy in second] == [held]
    assert [(copy["copy_id"], copy["availability"]) for copy in named] == [(back, "available")]


async def test_only_lending_asks_and_not_for_too_many_at_once(service: Service) -> None:
    many = "&".join(["copy_id=01a20e28-0ed8-759a-b944-fc4ab3285b0d"] * 101)

    assert problem(await service.get(AWAY, by="librarian"))[0] == 403
    assert problem(await service.get(f"{AWAY}?{many}", by="loans"))[0] == 422
    assert problem(await service.get(f"{AWAY}?limit=101", by="loans"))[0] == 422
