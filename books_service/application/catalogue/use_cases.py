"""All that can be asked of the catalogue."""

from dataclasses import dataclass

from books_service.application.catalogue.add_book import AddBook
from books_service.application.catalogue.queries import BookHistory, BookQueries
from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.revise_book import ReviseBook


@dataclass(frozen=True, slots=True)
class CatalogueUseCases:
    """Made once, in main."""

    add_book: AddBook
    revise_book: ReviseBook
    remove_book: RemoveBook
    views: BookQueries
    history: BookHistory
