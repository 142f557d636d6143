"""`shared` holds pipes, not meanings: no name in it is a word of the library."""

import re
from pathlib import Path
from tokenize import NAME, generate_tokens

import pytest

from tests.architecture.checkout import ROOT

LIBRARY = {"book", "books", "borrower", "fine", "fines", "hold", "holds", "isbn", "loan", "loans", "member", "members"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("shared/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_shared_speaks_no_library(path: Path) -> None:
    with path.open() as lines:
        names = [token.string for token in generate_tokens(lines.readline) if token.type == NAME]

    words = {word.lower() for name in names for word in re.findall("[A-Z]?[a-z]+", name)}

    assert set() == words & LIBRARY
