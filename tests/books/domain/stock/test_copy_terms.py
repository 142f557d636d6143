"""What a book is found by because of its copies."""

from books_service.domain.stock.copy_terms import BookTerms, ShelvedCopy


def test_a_copy_is_found_by_branch_item_type_and_every_level_and_word_of_its_shelf_mark() -> None:
    terms = ShelvedCopy("Main.1", "blu-ray", "QA 76.73 .P98").terms

    assert {"!!main~1", "#!blu=ray", "@!qa", "@!qa+00276", "@!qa+00276~73", "@!qa+00276~73+p~98"} <= terms
    assert {"qa", "76", "73", "p98", "qa76"} <= terms
    assert not any(" " in term or "'" in term for term in terms)


def test_a_copy_without_a_shelf_mark_is_found_where_it_is_at_home_and_where_it_stands() -> None:
    assert {"!!main", "!!west", "#!book"} == ShelvedCopy("MAIN", "book", None, "WEST").terms


def test_a_copy_is_found_by_its_volume_in_every_spelling_and_by_its_words() -> None:
    bare, spelt = (ShelvedCopy("MAIN", "book", None, volume=volume).terms for volume in ("2", "Vol. 02"))

    assert {"2"} < bare - {"!!main", "#!book"}
    assert {"vol", "02"} == spelt - bare
    assert 1 == sum(term.startswith("@#") for term in bare & spelt)


def test_what_record_and_copy_have_in_common_stays_when_the_copy_goes() -> None:
    copy = ShelvedCopy("MAIN", "book", "Emma A")

    both = BookTerms.of({"emma", "=emma"}, [copy])
    without = BookTerms.of(both.of_record, [])

    assert "emma" not in both.of_copies
    assert "@!emma" in both.of_copies
    assert {"emma", "=emma"} == without.all
    assert not without.of_copies
