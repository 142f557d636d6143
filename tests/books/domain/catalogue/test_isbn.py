import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books_service.domain.catalogue.isbn import InvalidIsbn, Isbn, RoundedIsbn, bearer


@pytest.mark.parametrize(
    "text",
    [
        "9780306406157",
        "978-0-306-40615-7",
        "978 0 306 40615 7",
        "0306406152",
        "0-306-40615-2",
        " 0306406152 ",
        "978\u20110\u2010306\u201340615\u00a07",
        "\uff19\uff17\uff18\uff0d\uff10\uff0d\uff13\uff10\uff16\u3000\uff14\uff10\uff16\uff11\uff15\uff0d\uff17",
    ],
)
def test_every_way_to_write_an_isbn_is_the_same_number(text: str) -> None:
    assert Isbn("9780306406157") == Isbn.parse(text)


@pytest.mark.parametrize(
    "text", ["080442957X", "080442957x", "0-8044-2957-X ", "080442957\uff38", "\uff10-8044-2957-\uff58"]
)
def test_the_check_digit_of_an_isbn_10_may_be_an_x_of_either_size(text: str) -> None:
    assert "9780804429573" == str(Isbn.parse(text))


@pytest.mark.parametrize("text", ["9780306406158", "0306406153", "030640615X", "9780804429570"])
def test_one_wrong_digit_is_noticed(text: str) -> None:
    with pytest.raises(InvalidIsbn, match="check digit"):
        Isbn.parse(text)


@pytest.mark.parametrize("text", ["", "-", "1", "978030640615", "97803064061577", "03064061520306406152", "0" * 5000])
def test_an_isbn_has_ten_or_thirteen_digits(text: str) -> None:
    with pytest.raises(InvalidIsbn, match="10 or 13"):
        Isbn.parse(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9780306A06157", 8),
        ("X306406152", 1),
        ("978-030640615X", 14),
        ("\uff19\uff17\uff18-\uff21", 5),
        ("0x06406152", 2),
        ("978030640615\u0667", 13),
        ("0306406152\n", 11),
        ("ISBN 0306406152", 1),
        ("0306'06152", 5),
    ],
)
def test_what_is_no_digit_is_refused_at_its_place(text: str, place: int) -> None:
    with pytest.raises(InvalidIsbn, match=f"character {place} ") as refused:
        Isbn.parse(text)

    assert {"position": place} == refused.value.figures


def test_an_isbn_that_begins_with_979_has_no_isbn_10() -> None:
    assert Isbn.parse("979-10-90636-07-1").isbn10 is None


@pytest.mark.parametrize("text", ["9790060115615", "4006381333931"])
def test_sheet_music_and_groceries_are_no_books(text: str) -> None:
    with pytest.raises(InvalidIsbn, match="978"):
        Isbn.parse(text)


@given(st.text("0123456789", min_size=9, max_size=9))
def test_both_forms_of_every_number_lead_to_each_other(nine: str) -> None:
    isbn = Isbn.parse(_with_check_digit(nine))

    assert isbn.isbn10 is not None
    assert isbn == Isbn.parse(isbn.isbn10)
    assert isbn == Isbn.parse(isbn.digits)


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 12), st.integers(1, 9))
def test_every_single_mistyped_digit_is_noticed(nine: str, place: int, more: int) -> None:
    right = Isbn.parse(_with_check_digit(nine)).digits

    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]

    with pytest.raises(InvalidIsbn):
        Isbn.parse(wrong)


@pytest.mark.parametrize(
    ("broken", "isbn"),
    [
        ("439023483", "9780439023481"),
        ("61120081", "9780061120084"),
        ("2005018", "9780002005012"),
        ("439023483.0", "9780439023481"),
        ("61120081,00", "9780061120084"),
        ("81297106X", "9780812971064"),
        ('="0439023483"', "9780439023481"),
        ("'0439023483", "9780439023481"),
        ("9780439023481.0", "9780439023481"),
        ("0-439-02348-3", "9780439023481"),
    ],
)
def test_what_a_spreadsheet_broke_is_mended_when_the_check_digit_proves_it(broken: str, isbn: str) -> None:
    assert isbn == str(Isbn.repaired(broken))


@pytest.mark.parametrize("broken", ["439023484", "812971060", "9380658797", "76783609419.0", "12345", "1", "0.0"])
def test_what_the_check_digit_does_not_prove_is_not_mended(broken: str) -> None:
    with pytest.raises(InvalidIsbn):
        Isbn.repaired(broken)


@pytest.mark.parametrize("broken", ["9.78043902348e+12", "9.78E+12", "9,78043902348E12", "4.39023483e8"])
def test_a_rounded_isbn_is_not_trusted(broken: str) -> None:
    with pytest.raises(RoundedIsbn):
        Isbn.repaired(broken)


@given(st.text(max_size=30))
def test_whatever_is_read_is_an_isbn_or_refused(text: str) -> None:
    for read in (Isbn.parse, Isbn.repaired):
        with contextlib.suppress(InvalidIsbn):
            assert 13 == len(read(text).digits)


def _with_check_digit(nine: str) -> str:
    total = sum((10 - place) * int(digit) for place, digit in enumerate(nine))
    return nine + "0123456789X"[-total % 11]


@pytest.mark.parametrize(
    ("digits", "sentence"),
    [
        ("978030640615", "An ISBN is kept as 13 digits."),
        ("978030640615\u0667", "An ISBN is kept as 13 digits."),
        ("978030640615X", "An ISBN is kept as 13 digits."),
        ("9770306406157", "An ISBN of 13 digits begins with 978, or with 979 and not 9790 (that is printed music)."),
        ("9790060115615", "An ISBN of 13 digits begins with 978, or with 979 and not 9790 (that is printed music)."),
        ("9780306406158", "The check digit of the ISBN 9780306406158 is wrong: one of its digits is mistyped."),
    ],
)
def test_an_isbn_cannot_be_built_wrong(digits: str, sentence: str) -> None:
    with pytest.raises(InvalidIsbn) as refused:
        Isbn(digits)

    assert sentence == refused.value.detail


def test_two_hundred_characters_may_hold_an_isbn_and_no_more() -> None:
    assert "9780306406157" == str(Isbn.parse("9780306406157".rjust(200)))
    with pytest.raises(InvalidIsbn, match="this is a text of 201 characters"):
        Isbn.parse("9780306406157".rjust(201))


def test_an_isbn_may_have_lost_four_zeros_and_no_more() -> None:
    assert "9780000123459" == str(Isbn.repaired("123455"))
    for last in "0123456789":
        with pytest.raises(InvalidIsbn, match="this one has 5"):
            Isbn.repaired(f"1234{last}")


@pytest.mark.parametrize(
    ("having", "meant"),
    [
        ([("volume 1", False), ("novel", True)], "novel"),
        ([("novel", True), ("its double", True)], "novel"),
        ([("its only volume", False)], "its only volume"),
        ([("volume 1", False), ("volume 2", False)], None),
        ([], None),
    ],
)
def test_an_isbn_names_the_book_whose_own_it_is_or_else_the_only_one_that_has_it(
    having: list[tuple[str, bool]], meant: str | None
) -> None:
    assert meant == bearer(iter(having))
