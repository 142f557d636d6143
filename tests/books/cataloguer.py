"""A catalogue with authorities, and a worker that brings their headings into the books when the test wants it."""

from datetime import timedelta
from typing import Any

from books_service.application.authorities.change_authorities import AuthorityMerger, AuthorityRevision, NewAuthority
from books_service.application.authorities.correct_books import LAST_LOOK
from books_service.application.authorities.views import AuthorityView
from books_service.application.catalogue.views import BookView
from tests.books.library import Library


class Cataloguer:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.use_cases = library.use_cases.authorities

    async def add(self, heading: str, *see_from: str, kind: str = "person", **fields: Any) -> AuthorityView:
        described = {"kind": kind, "heading": heading, "see_from": see_from} | fields
        return await self.use_cases.add_authority(NewAuthority(described, "ada"))

    async def revise(self, authority: AuthorityView, **changes: Any) -> AuthorityView:
        return await self.use_cases.revise_authority(AuthorityRevision(authority.authority_id, None, changes, "ada"))

    async def merge(self, authority: AuthorityView, into: AuthorityView) -> AuthorityView:
        return await self.use_cases.merge_authorities(AuthorityMerger(authority.authority_id, into.authority_id, "ada"))

    async def work(self) -> int:
        """Correct books until nothing is due; return how many authorities were taken."""
        taken = 0
        while await self.use_cases.correct_books():
            taken += 1
        return taken

    async def work_to_the_end(self) -> None:
        """The same, with the last look."""
        await self.work()
        self.library.clock.time += LAST_LOOK + timedelta(seconds=1)
        await self.work()

    async def book(self, *authors: str, subjects: tuple[str, ...] = (), title: str = "Emma") -> BookView:
        return await self.library.add_book(title=title, authors=authors, subjects=subjects)

    async def shown(self, book: BookView) -> BookView:
        return await self.library.queries.book(book.book_id)

    async def authors(self, book: BookView) -> tuple[str, ...]:
        return (await self.shown(book)).authors
