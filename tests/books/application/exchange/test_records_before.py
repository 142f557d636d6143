"""Which book a record became that comes again."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from books_service.application.exchange.records_before import RecordsBefore
from books_service.domain.exchange.came_before import CameBefore
from books_service.persistence.exchange.imported_records import ImportedRecords

OLD, NEW = UUID(int=1), UUID(int=2)
EMMA, CHANGED = {"title": "Emma"}, {"title": "Emma", "publisher": "Penguin"}


class Kept(ImportedRecords):
    """What came before, in memory."""

    def __init__(self, **rows: Sequence[CameBefore]) -> None:
        self.rows = rows

    async def came_before(self, names: Collection[str]) -> Mapping[str, Sequence[CameBefore]]:
        return {name: self.rows[name] for name in names if name in self.rows}

    def note(self, names: Collection[str], record: CameBefore) -> None:
        raise AssertionError("nothing is noted here")


async def looked_up(*rows: CameBefore) -> RecordsBefore:
    before = RecordsBefore(Kept(name=rows), dry_run=False)
    await before.look_up([(["name"], EMMA)])
    return before


async def test_an_unchanged_record_means_what_it_became_even_when_another_stands_for_that() -> None:
    row = CameBefore(OLD, EMMA)

    assert row == (await looked_up(row)).of(["name"], EMMA, is_taken=lambda _: True)


async def test_a_changed_record_means_nothing_that_another_one_stands_for() -> None:
    before = await looked_up(CameBefore(OLD, EMMA), CameBefore(NEW, {"title": "Emma", "edition": "2nd"}))

    found = before.of(["name"], CHANGED, is_taken=lambda _: False)

    assert found is not None
    assert found.thing_id == NEW, "the other one is what an unchanged record of the batch became"
    assert None is before.of(["name"], CHANGED, is_taken=lambda _: True)


async def test_what_still_stands_is_meant_before_what_was_removed() -> None:
    before = await looked_up(CameBefore(OLD, EMMA), CameBefore(NEW, EMMA))

    found = before.of(["name"], EMMA, stands=lambda thing_id: thing_id == NEW)

    assert found is not None
    assert found.thing_id == NEW
