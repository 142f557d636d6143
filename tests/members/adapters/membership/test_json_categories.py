import json
from typing import Any

import pytest

from members_service.adapters.membership.json_categories import read_categories
from members_service.domain.membership.membership import Category

ALL: list[dict[str, Any]] = [{"category": str(one), "name": "x", "months": 12} for one in Category]


def test_the_file_has_terms_for_every_category() -> None:
    terms = read_categories()

    assert set(Category) == terms.keys()
    assert 17 == terms[Category.CHILD].oldest


@pytest.mark.parametrize(
    "wrong",
    [ALL[1:], [*ALL, ALL[0]], [ALL[0] | {"months": 0}, *ALL[1:]], [ALL[0] | {"colour": "red"}, *ALL[1:]],
     [ALL[0] | {"youngest": 18, "oldest": 17}, *ALL[1:]], [ALL[0] | {"category": "duke"}, *ALL[1:]]],
)  # fmt: skip
def test_a_file_that_does_not_do_is_refused(wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError):
        read_categories(json.dumps(wrong))
