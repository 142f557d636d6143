"""One copy, however its barcode is written, and whatever label it bore before."""

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import target_of
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA_COPY, a_copy

A, B = "30000000000019", "30000000000027"


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


async def test_a_label_that_moved_to_another_copy_leaves_the_loan_of_the_first_alone(library: Service) -> None:
    never_lent = a_copy(copy_id=new_id(), barcode="C")
    library.catalogue.copies.append(never_lent)
    await library.check_out(copy_barcode=A)

    await library.hear_of(A, barcode=B)
    await library.hear_of("C", barcode=A)
    other, lent = await library.bring_back(copy_barcode=A), await library.bring_back(copy_barcode=B)

    assert (200, None) == (other.status_code, other.json()["loan"])
    assert (str(EMMA_COPY), B) == (lent.json()["loan"]["copy_id"], lent.json()["loan"]["barcode"])


async def test_a_label_that_moved_finds_the_copy_that_bears_it_now_and_not_who_was_lent_by_it(library: Service) -> None:
    never_lent = a_copy(copy_id=new_id(), barcode="C")
    library.catalogue.copies.append(never_lent)
    await library.check_out(copy_barcode=A)
    await library.bring_back(copy_barcode=A)

    await library.hear_of(A, barcode=B)
    await library.hear_of("C", barcode=A)
    await library.bring_back(copy_barcode=A, branch="EAST")

    sent = (await library.get("/v1/circulation-statuses?status=in_transit")).json()["items"]
    assert [str(never_lent.copy_id)] == [copy["copy_id"] for copy in sent]


async def test_a_corrected_barcode_is_shown_where_the_copy_is_lent_sent_or_to_be_pulled(library: Service) -> None:
    for barcode in ("P", "T"):
        library.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=barcode))
    lent = await library.check_out(copy_barcode=A)
    await library.bring_back(copy_barcode="T", branch="EAST")
    placed = await hold(library, "JESSICA")

    for barcode in (A, "P", "T"):
        await library.hear_of(barcode, barcode=f"{barcode}-2")

    loan = await library.get(f"/v1/loans/{lent.json()['loan_id']}")
    [sent] = (await library.get("/v1/circulation-statuses?status=in_transit")).json()["items"]
    assert (f"{A}-2", "T-2", "P-2") == (loan.json()["barcode"], sent["barcode"], await target_of(library, placed))
    assert ('"1"', '"2"') == (lent.headers["etag"], loan.headers["etag"])


@pytest.mark.parametrize("barcode", ["LIB 0042", "50%_OFF", "*?(a|b)", "O'HARA"])
async def test_a_barcode_is_found_whatever_is_in_it(service: Service, barcode: str) -> None:
    service.catalogue.copies = [a_copy(barcode=barcode.upper())]
    assert 201 == (await service.check_out(copy_barcode=barcode.lower())).status_code

    returned = await service.bring_back(copy_barcode=barcode.swapcase())

    assert (200, barcode.upper()) == (returned.status_code, returned.json()["loan"]["barcode"])
