"""What is passed over where a title is filed, as records of MARC say it."""

import pytest

from tests.books.adapters.exchange.marc.test_marc21_records import UNICODE, record
from tests.books.reading import read


@pytest.mark.parametrize(
    ("field", "title", "passed_over"),
    [
        ("14$aThe sea", "The sea", "4"),
        ("10$aThe sea", "The sea", None),
        ("1 $aThe sea", "The sea", None),
        ("1x$aThe sea", "The sea", None),
        ("10$a\x98Der\x9c Prozeß", "Der Prozeß", "4"),
        ("10$a\x98L'\x9cÉtranger", "L'Étranger", "2"),
        ("10$a\x98Hē\x9c Odysseia", "Hē Odysseia", "4"),
        ("10$aProzesse, \x98die\x9c man führt", "Prozesse, die man führt", None),
        ("13$a\x98Le\x9c Rouge", "Le Rouge", "3"),
    ],
)
async def test_what_is_passed_over_is_told_by_an_indicator_or_by_signs(
    field: str, title: str, passed_over: str | None
) -> None:
    (found,) = await read("marc", record(("245", field), leader=UNICODE))

    assert (title, passed_over) == (found.raw_fields["title"], found.raw_fields.get("nonfiling_characters"))


async def test_signs_that_nobody_sees_keep_no_field_from_being_read() -> None:
    fields = (
        ("245", "10$aStil$b\x98ein\x9c Lexikon"),
        ("490", "0 $a\x98Die\x9c Reihe"),
        ("500", "  $a\x98Ein\x9c Wort"),
    )

    (found,) = await read("marc", record(*fields, leader=UNICODE))

    assert ("ein Lexikon", (("Die Reihe", None),), ("Ein Wort",)) == tuple(
        found.raw_fields[name] for name in ("subtitle", "series", "notes")
    )
