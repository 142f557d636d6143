"""What may be said of things that are only looked up. What a use case may refuse stands beside it."""

from books_service.application.exchange.start_import import ImportNotFound
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.branch import BranchNotFound
from books_service.domain.stock.copy import CopyNotFound

OF_ONE_BOOK = (BookNotFound,)
OF_ONE_COPY = (CopyNotFound,)
OF_ONE_BRANCH = (BranchNotFound,)
OF_ONE_IMPORT = (ImportNotFound,)
