"""What an operator says wrongly is said back before the service starts."""

import pytest

from loans_service.settings import BackgroundSettings, WorkerSettings
from shared.configuration import load
from shared.environment import ConfigurationError

URL = "sqlite+aiosqlite:///loans.db"


def loaded() -> WorkerSettings:
    return load(
        WorkerSettings,
        database_url=URL,
        books_url="http://books.invalid",
        members_url="http://members.invalid",
        client_secret="not used here, but of a good length",
    )


def test_days_are_said_by_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANS_KEPT_DAYS", '{"returned": 30, "cancelled": 0}')

    assert {"returned": 30, "cancelled": 0} == load(BackgroundSettings, database_url=URL).kept_days


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("30", "JSON object"),
        ("{", "JSON object"),
        ('{"open": 3}', "these are: returned"),
        ('{"paid": -1}', "LOANS_KEPT_DAYS cannot be used: paid: input should be greater than or equal to 0"),
        ('{"returned": "ten"}', "LOANS_KEPT_DAYS cannot be used: returned: input should be a valid integer"),
    ],
)
def test_what_is_no_number_of_days_or_no_end_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    monkeypatch.setenv("LOANS_KEPT_DAYS", value)

    with pytest.raises(ConfigurationError, match=sentence):
        load(BackgroundSettings, database_url=URL)


def test_item_types_are_said_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANS_ITEM_TYPE_GROUPS", '{"children": ["picture_book"]}')

    assert {"children": ["picture_book"]} == loaded().item_type_groups


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("print", "JSON object"),
        ('{"paper": ["book"]}', "these are: print"),
        ('{"print": ["No word"]}', "LOANS_ITEM_TYPE_GROUPS cannot be used: print"),
    ],
)
def test_a_group_of_which_no_form_tells_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    monkeypatch.setenv("LOANS_ITEM_TYPE_GROUPS", value)

    with pytest.raises(ConfigurationError, match=sentence):
        loaded()


@pytest.mark.parametrize("currency", ["Euro", "eur", "€"])
def test_a_currency_that_is_no_code_is_said_in_words(monkeypatch: pytest.MonkeyPatch, currency: str) -> None:
    monkeypatch.setenv("LIBRARY_CURRENCY", currency)

    with pytest.raises(ConfigurationError, match="it must be the ISO 4217 code of a currency, such as EUR"):
        load(BackgroundSettings, database_url=URL)


def test_a_secret_that_could_be_guessed_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANS_CLIENT_SECRET", "short")

    with pytest.raises(ConfigurationError, match="LOANS_CLIENT_SECRET cannot be used: it must have at least 32"):
        load(WorkerSettings, database_url=URL, books_url="http://books", members_url="http://members")
