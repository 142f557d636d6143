"""What the routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.search_books import SearchBooks
from books_service.application.stock.use_cases import StockUseCases
from books_service.application.use_cases import UseCases
from shared.web.auth import Caller


async def _all(request: Request) -> UseCases:
    use_cases: UseCases = request.app.state.use_cases
    return use_cases


async def _catalogue(request: Request) -> CatalogueUseCases:
    return (await _all(request)).catalogue


async def _stock(request: Request) -> StockUseCases:
    return (await _all(request)).stock


async def _exchange(request: Request) -> ExchangeUseCases:
    return (await _all(request)).exchange


async def _search(request: Request) -> SearchBooks:
    return (await _all(request)).search_books


Catalogue = Annotated[CatalogueUseCases, Depends(_catalogue)]
Stock = Annotated[StockUseCases, Depends(_stock)]
Exchange = Annotated[ExchangeUseCases, Depends(_exchange)]
Search = Annotated[SearchBooks, Depends(_search)]


async def _who(caller: Caller) -> str:
    return caller.subject


Actor = Annotated[str, Depends(_who)]
"""The account or service that calls: what the history keeps."""
