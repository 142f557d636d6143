"""Headings in the books: corrected everywhere, searched by all their forms, whatever happens on the way."""

from uuid import UUID

from books_service.application.authorities.change_authorities import AuthorityMerger, AuthorityRevision, NewAuthority
from books_service.application.authorities.views import AuthorityView
from tests.books.library import Library


async def _authority(library: Library, heading: str, *see_from: str, kind: str = "person") -> AuthorityView:
    fields = {"kind": kind, "heading": heading, "see_from": see_from}
    return await library.use_cases.authorities.add_authority(NewAuthority(fields, "ada"))


async def _all_corrected(library: Library) -> None:
    while await library.use_cases.authorities.correct_books():
        pass


async def test_a_corrected_heading_is_corrected_in_all_books(library: Library) -> None:
    for number in range(3):
        await library.add_book(title=f"Book {number}", authors=("Twain, Marc",))
    twain = await _authority(library, "Twain, Marc")
    await _all_corrected(library)

    await library.use_cases.authorities.revise_authority(
        AuthorityRevision(twain.authority_id, 1, {"heading": "Twain, Mark"}, "ada")
    )
    await _all_corrected(library)

    found = await library.search(author="mark twain")
    assert [("Twain, Mark",)] * 3 == [book.authors for book in found.books]
    assert 3 == len((await library.search(author="marc")).books)
