from members_service.persistence.membership.category_tables import (
    default_categories,
    read_categories,
    write_categories,
)


def test_the_categories_that_come_with_the_service_are_a_sound_table() -> None:
    table = default_categories()

    assert (1, None) == (table.version, table.made_at)
    assert {"adult", "child", "student", "senior", "staff"} == table.categories.names
    assert ("adult", 17) == (table.categories["child"].follows, table.categories["child"].oldest)


def test_what_is_written_is_read_again() -> None:
    categories = default_categories().categories

    assert categories == read_categories(write_categories(categories))
