"""Holds for what the catalogue hides from the public."""

from dataclasses import replace

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.makers import EMMA, EMMA_COPY


@pytest.fixture
def hidden(library: Service) -> Service:
    """A library whose only book is hidden from the public."""
    copies = library.catalogue.copies
    copies[:] = [replace(copy, hidden=True) for copy in copies]
    return library


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"book_id": str(EMMA)}, "book-not-found"), ({"copy_id": str(EMMA_COPY)}, "copy-not-found")],
    ids=["book", "copy"],
)
async def test_to_a_reader_what_is_hidden_is_not_there_and_staff_place_the_hold(
    hidden: Service, wanted: dict[str, str], code: str
) -> None:
    decided = await hidden.post("/v1/holds/decision", wanted, token=ADAS)
    refused = await hidden.post("/v1/holds", wanted, token=ADAS)
    placed = await hidden.post("/v1/holds", wanted | {"card_number": "ADA"})

    assert (False, [code]) == (decided.json()["allowed"], [each["code"] for each in decided.json()["refusals"]])
    assert (404, {code}) == (refused.status_code, {*codes_of(refused)})
    assert 201 == placed.status_code, placed.text


async def test_staff_lend_what_is_hidden(hidden: Service) -> None:
    assert 201 == (await hidden.check_out()).status_code
