"""All routes of the service in order, and how its documents introduce them."""

from books_service.api.authorities import authorities
from books_service.api.catalogue import book_lists, books, browsing
from books_service.api.exchange import exports, external, harvest, imports, marc, retrieval
from books_service.api.serials import issues, subscriptions
from books_service.api.stock import (
    availability,
    branches,
    copies,
    inventories,
    labels,
    lendability,
    lendable_books,
    lendable_copies,
    stock,
    working_lists,
)
from books_service.domain.statistics import ATOMS, DIMENSIONS
from shared.web.statistics import TAG, statistics_router
from shared.web.uploads import MOST_BYTES

TITLE = "Books"
DESCRIPTION = """What the library owns, and whether a copy may be lent.

A *book* is a title in the catalogue; a *copy* is one physical thing with a barcode. Everybody may read the catalogue.
Where a copy is at present is circulation's knowledge: it is shown here, and lags by milliseconds.
"""
TAGS = (
    {"name": "books", "description": "Titles of the catalogue."},
    {"name": "authorities", "description": "Names and subjects under one heading each, which all books bear."},
    {"name": "copies", "description": "Physical copies, their status, and whether they may be lent."},
    {"name": "serials", "description": "Periodicals: subscriptions, and the issues that are expected and come in."},
    {"name": "branches", "description": "The places where copies are at home."},
    {"name": "inventories", "description": "Stocktaking: what should stand on a shelf, and what was scanned there."},
    working_lists.TAG,
    TAG,
    {"name": "imports", "description": "Whole files of books and copies."},
    {"name": "external", "description": "Other catalogues, searched for records."},
    {
        "name": "exports",
        "description": "The catalogue as a file, harvested record by record, or searched by other systems.",
    },
)
ROUTERS = (
    book_lists.router,
    browsing.router,
    stock.router,  # before the routes that take any word for the id of a book or copy
    books.router,
    marc.router,
    lendable_books.of_many,
    lendable_copies.router,
    availability.router,
    lendability.router,
    lendable_books.of_one,
    copies.router,
    labels.router,
    subscriptions.lists,
    subscriptions.of_a_book,
    issues.of_a_book,
    issues.router,
    authorities.router,
    inventories.router,
    working_lists.router,
    branches.router,
    imports.router,
    imports.more,
    external.targets,
    external.searches,
    exports.router,
    harvest.router,
    retrieval.router,
    statistics_router(ATOMS, DIMENSIONS, of="catalogue"),
)
BODY_LIMITS = {
    "/v1/imports": MOST_BYTES,
    "/v1/books/*/marc": 2**19,
    "/v1/copies/statuses": 2**20,
    "/v1/copies/lendability": 2**20,
    "/v1/books/lendability": 2**20,
}
