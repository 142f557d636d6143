"""A library with books to search."""

import pytest

from tests.books.library import Library
from tests.books.makers import a_record
from tests.books.persistence.search.shelf import SHELF


@pytest.fixture
async def shelf(library: Library) -> Library:
    await library.catalogue([a_record(**{"published_year": None} | reported) for reported in SHELF])
    return library
