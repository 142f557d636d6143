"""One copy, however its barcode is written, and whatever label it bore before."""

import pytest

from tests.loans.api.conftest import Service
from tests.loans.makers import EMMA_COPY, a_copy


@pytest.mark.parametrize("scanned", ["AB1", "ab 1", "A B 1"])
async def test_blanks_and_case_in_a_barcode_tell_no_copies_apart(library: Service, scanned: str) -> None:
    library.catalogue.copies = [a_copy(barcode="AB 1")]
    lent = await library.check_out(copy_barcode=scanned)
    library.catalogue.down = True  # a copy that was lent is known here

    returned = await library.bring_back(copy_barcode=scanned)

    assert (201, 200) == (lent.status_code, returned.status_code)
    assert (str(EMMA_COPY), "AB 1") == (returned.json()["loan"]["copy_id"], returned.json()["loan"]["barcode"])


async def test_blanks_and_case_in_a_barcode_tell_no_copies_on_their_way_apart(library: Service) -> None:
    library.catalogue.copies = [a_copy(barcode="AB 1")]
    await library.bring_back(copy_barcode="AB 1", branch="EAST")
    library.catalogue.down = True

    returned = await library.bring_back(copy_barcode="ab1", branch="MAIN")

    assert (200, "shelf") == (returned.status_code, returned.json().get("next"))
