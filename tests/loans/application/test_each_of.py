"""Long lists are read page by page."""

from loans_service.application.each_of import each_of


async def test_all_of_a_list_is_read_once_each_page_behind_the_last_of_the_one_before() -> None:
    asked: list[int | None] = []

    async def page_behind(place: int | None) -> list[int]:
        asked.append(place)
        first = 0 if place is None else place + 1
        return [*range(first, min(first + 3, 7))]

    assert [*range(7)] == [each async for each in each_of(page_behind, lambda last: last)]
    assert [None, 2, 5, 6] == asked
