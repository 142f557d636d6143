"""How long what ended is kept, as an operator says it."""

import pytest

from loans_service.settings import BackgroundSettings
from shared.configuration import load
from shared.environment import ConfigurationError

URL = "sqlite+aiosqlite:///loans.db"


def test_days_are_said_by_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANS_KEPT_DAYS", '{"returned": 30, "cancelled": 0}')

    assert {"returned": 30, "cancelled": 0} == load(BackgroundSettings, database_url=URL).kept_days


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("30", "JSON object"),
        ("{", "JSON object"),
        ('{"open": 3}', "these are: returned"),
        ('{"paid": -1}', "kept_days|KEPT_DAYS"),
    ],
)
def test_what_is_no_number_of_days_or_no_end_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    monkeypatch.setenv("LOANS_KEPT_DAYS", value)

    with pytest.raises(ConfigurationError, match=sentence):
        load(BackgroundSettings, database_url=URL)
