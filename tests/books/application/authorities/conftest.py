"""Somebody who keeps the authorities of the library."""

import pytest

from tests.books.cataloguer import Cataloguer
from tests.books.library import Library


@pytest.fixture
def cataloguer(library: Library) -> Cataloguer:
    return Cataloguer(library)
