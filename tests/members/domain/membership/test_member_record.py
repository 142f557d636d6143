import pytest

from members_service.domain.membership.member_record import InvalidLanguage, check_language


@pytest.mark.parametrize("tag", ["en", "gsw", "pt-BR", "zh-Hant", "sl-rozaj-biske-1994"])
def test_a_member_is_written_to_in_a_language_that_has_a_tag(tag: str) -> None:
    assert tag == check_language(tag)


@pytest.mark.parametrize("tag", ["", "e", "engl", "english please", "pt_BR", "pt-", "pt-B", "en\n", "a1", "de-1-2-3-4"])
def test_what_is_no_tag_is_no_language(tag: str) -> None:
    with pytest.raises(InvalidLanguage):
        check_language(tag)
