import pytest

from members_service.application.membership.change_categories import PutCategories
from members_service.domain.membership.membership import CategoryInUse, CategoryTerms
from shared.kernel.errors import OutOfDate
from tests.members.makers import NOW
from tests.members.register import Register

ADULT = CategoryTerms("adult", "Adult", 12)
CLASS = CategoryTerms("class", "School class", 10, names={"de": "Schulklasse"})


async def test_a_library_begins_with_the_categories_that_come_with_the_service(register: Register) -> None:
    table = await register.membership.show_categories()

    assert (1, None, 5) == (table.version, table.made_at, len(table.items))


async def test_a_new_table_is_the_next_version_and_in_force_at_once(register: Register) -> None:
    put = await register.membership.change_categories(PutCategories([ADULT, CLASS], 1))
    again = await register.membership.change_categories(PutCategories([ADULT, CLASS], 2))
    enrolled = await register.enrol(category="class")

    assert (2, NOW, (ADULT, CLASS)) == (put.version, put.made_at, put.items)
    assert put == again == await register.membership.show_categories()
    assert "2027-01-02" == enrolled.expires_on.isoformat()


async def test_only_the_version_that_was_seen_is_replaced(register: Register) -> None:
    await register.membership.change_categories(PutCategories([ADULT, CLASS], 1))

    with pytest.raises(OutOfDate):
        await register.membership.change_categories(PutCategories([ADULT], 1))


async def test_a_category_that_somebody_is_a_member_of_stays(register: Register) -> None:
    await register.enrol(category="senior")

    with pytest.raises(CategoryInUse) as refused:
        await register.membership.change_categories(PutCategories([ADULT], None))

    assert {"categories": ["senior"]} == refused.value.figures
