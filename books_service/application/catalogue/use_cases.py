"""The use cases of the catalogue, bound to what they need."""

from books_service.application.catalogue.remove_book import RemoveBook
from books_service.application.catalogue.restore_book import RestoreBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.ports import Ports


class CatalogueUseCases:
    """Everything that can be asked of the catalogue; `queries` and `history` show books and what was done to them."""

    def __init__(self, ports: Ports) -> None:
        unit_of_work, clock = ports.unit_of_work, ports.clock
        self.revise_book = ReviseBook(unit_of_work, clock)
        self.restore_book = RestoreBook(unit_of_work, clock)
        self.remove_book = RemoveBook(unit_of_work, clock)
        self.queries = ports.books
        self.history = ports.book_history
