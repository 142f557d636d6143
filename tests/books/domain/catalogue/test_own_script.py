"""What a record says in the script of the book itself."""

import pytest

from books_service.domain.catalogue.own_script import InvalidOwnScript, OwnScript, OwnScriptField
from books_service.domain.text import InvalidText
from tests.books.makers import a_record


def test_a_text_stands_beside_the_field_that_says_the_same_in_latin_letters() -> None:
    assert OwnScript(OwnScriptField.TITLE, "Евгений Онегин") == OwnScript.of("title", " Евгений  Онегин ")
    with pytest.raises(InvalidOwnScript):
        OwnScript.of("edition", "Второе")
    with pytest.raises(InvalidText) as refused:
        OwnScript.of("title", "я" * 1_001)
    assert "own_script" == refused.value.field


def test_texts_in_their_own_script_stand_in_the_order_of_the_fields() -> None:
    texts = [("subjects", "Любовь"), ("authors", "Пушкин"), ("title", "Евгений Онегин"), ("authors", "Другой")]

    own_script = a_record(own_script=texts).own_script

    assert [("title", "Евгений Онегин"), ("authors", "Пушкин"), ("authors", "Другой"), ("subjects", "Любовь")] == [
        (one.field, one.text) for one in own_script
    ]
