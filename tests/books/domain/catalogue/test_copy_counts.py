from books_service.domain.catalogue.copy_counts import NO_COPIES, CopyCounts


def test_the_copies_of_two_books_that_become_one_are_counted_together() -> None:
    one, other = CopyCounts(6, 5, 4, 3, 2, 1), CopyCounts(60, 50, 40, 30, 20, 10)

    assert CopyCounts(66, 55, 44, 33, 22, 11) == one + other


def test_a_book_without_copies_adds_nothing() -> None:
    one = CopyCounts(6, 5, 4, 3, 2, 1)

    assert one == one + NO_COPIES
