import pytest

from books_service.domain.authorities.authority import AuthorityKind
from books_service.domain.authorities.heading import heading_key
from books_service.domain.authorities.headings import Headings, Known, keys_of
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.ids import new_id
from tests.books.makers import a_book
from tests.books.makers import a_record as a_title


def known(heading: str, *see_from: str, kind: str = "person") -> Known:
    return Known(new_id(), AuthorityKind(kind), heading, see_from)


TWAIN = known("Twain, Mark", "Clemens, Samuel", "Mark Twain")


def corrected(record: BookRecord, *authorities: Known) -> BookRecord:
    return Headings(authorities).corrected(record)


def test_another_form_is_replaced_by_the_heading_wherever_it_stands() -> None:
    record = a_title(
        authors=["Clemens, Samuel"],
        contributors=[("mark twain", "illustrator")],
        subjects=["Samuel Clemens", "Clemens, Samuel"],
    )

    after = corrected(record, TWAIN)

    assert (("Twain, Mark",), ["Twain, Mark"]) == (after.authors, [one.name for one in after.contributors])
    assert ("Samuel Clemens", "Twain, Mark") == after.subjects


def test_two_names_that_become_one_stand_once() -> None:
    assert ("Twain, Mark",) == corrected(a_title(authors=["Mark Twain", "Twain, Mark"]), TWAIN).authors


@pytest.mark.parametrize("kind", ["person", "body"])
def test_a_subject_may_be_a_person_or_a_body_but_no_author_is_a_subject(kind: str) -> None:
    record = a_title(authors=["Old"], subjects=["Old"])

    named = corrected(record, known("New", "Old", kind=kind))
    about = corrected(record, known("New", "Old", kind="subject"))

    assert (("New",), ("New",)) == (named.authors, named.subjects)
    assert (("Old",), ("New",)) == (about.authors, about.subjects)


def test_a_heading_comes_before_the_other_forms_of_others() -> None:
    others = known("Smith, John, 1900-", "Smith, John"), known("Smith, John")

    assert ("Smith, John",) == corrected(a_title(authors=["smith john"]), *others).authors


def test_a_form_that_several_share_stands_for_none_of_them() -> None:
    several = known("Smith, John", "Smith, J."), known("Smith, Jane", "Smith, J.")

    assert ("Smith, J.",) == corrected(a_title(authors=["Smith, J."]), *several).authors


def test_a_person_and_a_body_of_one_heading_leave_a_book_as_it_is() -> None:
    both = known("PRINCE"), known("Prince", kind="body")

    assert ("prince",) == corrected(a_title(authors=["prince"]), *both).authors


def test_a_former_heading_stands_for_its_authority_even_if_it_leads_nowhere_any_more() -> None:
    headings = Headings([TWAIN], {heading_key("Twian, Mark"): TWAIN.authority_id})

    assert ("Twain, Mark",) == headings.corrected(a_title(authors=["Twian, Mark"])).authors


def test_a_former_heading_that_another_has_now_is_that_ones() -> None:
    headings = Headings([TWAIN, known("Clemens")], {heading_key("Clemens"): TWAIN.authority_id})

    assert ("Clemens",) == headings.corrected(a_title(authors=["Clemens"])).authors


def test_a_book_is_found_by_the_other_forms_of_its_headings() -> None:
    book = a_book(authors=["Twain, Mark"], subjects=["Rivers"])

    Headings([TWAIN, known("Rivers", "Streams", kind="subject")]).let_find(book)

    assert {"@clemens", "clemens", "#streams", "streams", "@twain"} <= set(book.index_terms)
    assert not {"#clemens", "@streams"} & set(book.index_terms)
    assert (("Twain, Mark",), 1) == (book.record.authors, book.version)


def test_where_nothing_is_known_nothing_is_changed() -> None:
    record = a_title()

    assert record is Headings().corrected(record)
    assert record is corrected(record, TWAIN)


def test_it_is_told_which_names_and_subjects_become_which_and_which_texts_are_looked_up() -> None:
    record = a_title(
        authors=["Clemens, Samuel", "Austen, Jane"],
        contributors=[("mark twain", "illustrator")],
        subjects=["Clemens, Samuel", "Twain, Mark"],
    )

    names, subjects = Headings([TWAIN]).replacements(record)

    assert {"Clemens, Samuel": "Twain, Mark", "mark twain": "Twain, Mark"} == names
    assert {"Clemens, Samuel": "Twain, Mark"} == subjects
    texts = ("Clemens, Samuel", "Austen, Jane", "mark twain", "Twain, Mark")
    assert set(map(heading_key, texts)) == keys_of([record])
