"""What the routes depend on."""

from typing import Annotated

from fastapi import Depends

from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.use_cases import StockUseCases
from shared.web.auth import Caller
from shared.web.given import given

Catalogue = Annotated[CatalogueUseCases, given("catalogue")]
Stock = Annotated[StockUseCases, given("stock")]
Exchange = Annotated[ExchangeUseCases, given("exchange")]
Search = Annotated[SearchBooks, given("search_books")]


async def _who(caller: Caller) -> str:
    return caller.subject


Actor = Annotated[str, Depends(_who)]
"""The account or service that calls: what the history keeps."""
