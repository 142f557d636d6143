"""What the routes depend on."""

from typing import Annotated

from fastapi import Depends, Request

from books_service.application.authorities.use_cases import AuthorityUseCases
from books_service.application.catalogue.use_cases import CatalogueUseCases
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.search.browse_index import BrowseIndex
from books_service.application.search.search_books import SearchBooks
from books_service.application.serials.use_cases import SerialUseCases
from books_service.application.stock.use_cases import StockUseCases
from books_service.domain.rights import CATALOGUE, COPIES
from books_service.domain.viewer import DESK, PUBLIC, STAFF, Viewer
from shared.web.app_state import from_app_state
from shared.web.auth import Caller, principal_of

Catalogue = Annotated[CatalogueUseCases, from_app_state("catalogue")]
Authorities = Annotated[AuthorityUseCases, from_app_state("authorities")]
Stock = Annotated[StockUseCases, from_app_state("stock")]
Exchange = Annotated[ExchangeUseCases, from_app_state("exchange")]
Serials = Annotated[SerialUseCases, from_app_state("serials")]
Search = Annotated[SearchBooks, from_app_state("search_books")]
Browse = Annotated[BrowseIndex, from_app_state("browse_index")]


async def _who(caller: Caller) -> str:
    return caller.subject


Actor = Annotated[str, Depends(_who)]
"""The account or service that calls: what the history keeps."""


async def _viewer(request: Request) -> Viewer:
    principal = principal_of(request)
    if principal is None:
        return PUBLIC
    if principal.has(CATALOGUE) or principal.has(COPIES):
        return STAFF
    return DESK if principal.may("loans:write") else PUBLIC


Looking = Annotated[Viewer, Depends(_viewer)]
"""Who looks at the catalogue: those who look after it, a desk or machine that lends, or anybody."""
