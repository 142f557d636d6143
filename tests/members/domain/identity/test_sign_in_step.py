from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from members_service.domain.identity.sign_in_step import STEP_LASTS, SignInStep, Stage, stage_of
from tests.members.makers import NOW

KEY = b"the key"
STEP = SignInStep(Stage.CODE, "ada@x.y", "hash", "browser", "")


def test_a_note_says_what_was_proved_for_ten_minutes() -> None:
    note = STEP.note(KEY, now=NOW)

    assert Stage.CODE is stage_of(note)
    assert STEP.fits(note, KEY, now=NOW + STEP_LASTS - timedelta(seconds=1))
    assert not STEP.fits(note, KEY, now=NOW + STEP_LASTS)
    assert timedelta(minutes=10) == STEP_LASTS


@pytest.mark.parametrize(
    "other",
    [{"stage": Stage.NOTHING}, {"stage": Stage.ENROLMENT}, {"name": "eve@x.y"}, {"password_hash": "another"},
     {"browser": "hers"}, {"secret": "S"}],
    ids=repr,
)  # fmt: skip
def test_a_note_says_nothing_of_anything_else(other: dict[str, Any]) -> None:
    note = STEP.note(KEY, now=NOW)

    assert not replace(STEP, **other).fits(note, KEY, now=NOW)


def test_nobody_writes_a_note_without_the_key() -> None:
    assert not STEP.fits(STEP.note(b"another key", now=NOW), KEY, now=NOW)


@pytest.mark.parametrize("note", ["", "code", "code.", "code.x.y", "code.٣.y", "code.99999999999.", "code.-1.x", "é.1"])
def test_what_is_no_note_is_refused(note: str) -> None:
    assert not STEP.fits(note, KEY, now=NOW)


def test_a_note_cannot_be_made_to_last_longer() -> None:
    stage, until, signature = STEP.note(KEY, now=NOW).split(".")

    assert not STEP.fits(f"{stage}.{int(until) + 60}.{signature}", KEY, now=NOW)
    assert stage_of("whatever.1.x") is None


def test_a_name_that_no_keyboard_types_has_a_note_like_any_other() -> None:
    step = replace(STEP, name="\ud800")

    assert step.fits(step.note(KEY, now=NOW), KEY, now=NOW)
    assert not STEP.fits(f"code.{NOW.timestamp() + 60:.0f}.\ud800", KEY, now=NOW)
