"""A branch on PostgreSQL."""

import pytest

from shared.kernel.ids import new_id
from tests.kept_database import Kept
from tests.loans.branch import Branch
from tests.loans.makers import a_copy


@pytest.fixture
def branch(kept_postgres: Kept) -> Branch:
    """A branch with ten copies of one book, C0 to C9."""
    copies = (a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10))
    return Branch(kept_postgres.database, *copies)
