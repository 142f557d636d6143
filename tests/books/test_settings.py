"""What an operator says wrongly is said back before the service starts."""

from pathlib import Path

import pytest

from books_service.settings import Settings
from shared.configuration import load
from shared.environment import ConfigurationError

URL = "sqlite+aiosqlite:///books.db"


def test_a_folder_for_uploads_that_cannot_be_written_to_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKS_SPOOL_FOLDER", "/nonexistent")

    with pytest.raises(ConfigurationError, match="BOOKS_SPOOL_FOLDER cannot be used: /nonexistent is no folder"):
        load(Settings, database_url=URL)


def test_a_folder_for_uploads_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOOKS_SPOOL_FOLDER", str(tmp_path))

    assert tmp_path == load(Settings, database_url=URL).spool_folder
