import pytest

from books_service.domain.catalogue.language import InvalidLanguage, Language


@pytest.mark.parametrize(("text", "code"), [("en", "en"), ("ENG", "eng"), (" fre ", "fre"), ("zxx", "zxx")])
def test_a_code_of_iso_639_is_kept_as_it_was_given(text: str, code: str) -> None:
    assert code == str(Language.parse(text))


@pytest.mark.parametrize("text", ["", "e", "xx", "english", "en-US", "e1", "ën", "en\n1", "en\u0261"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidLanguage):
        Language.parse(text)


@pytest.mark.parametrize(
    ("text", "code"), [("en-US", "eng"), ("en_GB", "eng"), ("de-AT", "ger"), ("eng", "eng"), ("nl", "nl")]
)
def test_of_a_tag_with_a_region_the_language_is_kept_as_libraries_file_it(text: str, code: str) -> None:
    assert code == str(Language.repaired(text))


@pytest.mark.parametrize("text", ["xx-US", "-US", "english-US", "--"])
def test_a_tag_without_a_language_is_refused(text: str) -> None:
    with pytest.raises(InvalidLanguage):
        Language.repaired(text)


@pytest.mark.parametrize("code", ["de", "deu", "ger"])
def test_all_codes_of_a_language_are_filed_together(code: str) -> None:
    assert "ger" == Language(code).library_code
