"""All that the service can be asked, concept by concept. Made once, in main."""

from dataclasses import dataclass

from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.use_cases import StockUseCases


@dataclass(frozen=True, slots=True)
class UseCases:
    """Bound to what they need from outside."""

    catalogue: CatalogueUseCases
    stock: StockUseCases
    search_books: SearchBooks
    exchange: ExchangeUseCases
