"""All that the service can be asked, concept by concept."""

from books_service.application.authorities.use_cases import AuthorityUseCases
from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.ports import Ports
from books_service.application.search.browse_index import BrowseIndex
from books_service.application.search.search_books import SearchBooks
from books_service.application.serials.use_cases import SerialUseCases
from books_service.application.stock.use_cases import StockUseCases


class UseCases:
    """What the routes, the background side, commands and demo data ask, by concept."""

    def __init__(self, ports: Ports) -> None:
        self.catalogue = CatalogueUseCases(ports)
        self.authorities = AuthorityUseCases(ports)
        self.stock = StockUseCases(ports)
        self.serials = SerialUseCases(ports)
        self.search_books = SearchBooks(ports.search)
        self.browse_index = BrowseIndex(ports.browsing)
        self.exchange = ExchangeUseCases(ports)
