from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from members_service.domain.membership.came_before import (
    CameBefore,
    ChangedHereToo,
    KeptHere,
    fields_of_member,
    kept_here,
    only_new,
    with_attributes_apart,
)
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.personal_details import PersonalDetails
from shared.kernel.ids import new_id
from tests.members.makers import ADA, a_member

FIRST, SECOND = new_id(), new_id()
END = date(2027, 3, 2)


def came_with(**fields: Any) -> CameBefore:
    nothing = CameBefore(ADA, "secret", FIRST, {})
    return nothing.noting(fields, run=FIRST)


def test_what_is_said_again_or_no_more_is_no_news() -> None:
    before = came_with(name="Ada", phone="1")

    assert frozenset() == before.news({"name": "Ada"})
    assert {"phone"} == before.news({"name": "Ada", "phone": "2"})


def test_nobody_without_the_secret_knows_what_was_said() -> None:
    ours = came_with(phone="1")
    elsewhere = replace(came_with(), secret="other").noting({"phone": "1"}, run=FIRST)

    assert {"phone"} == set(ours.digests) == set(elsewhere.digests)
    assert ours.digests != elsewhere.digests
    assert "secret" not in repr(ours)


def test_all_that_one_run_said_counts_and_nothing_of_the_run_before() -> None:
    twice = came_with(phone="1").noting({"phone": "2"}, run=FIRST)
    later = twice.noting({"phone": "3"}, run=SECOND)

    assert frozenset() == twice.news({"phone": "1"}) == twice.news({"phone": "2"})
    assert {"phone"} == later.news({"phone": "1"}) == later.news({"phone": "2"})
    assert (FIRST, SECOND) == (twice.run, later.run)


def test_where_there_is_no_news_all_stays_as_it_was() -> None:
    before = came_with(name="Ada", phone="1")

    assert before == before.noting({"phone": "1"}, run=SECOND)
    assert frozenset() == before.noting({"phone": "2"}, run=SECOND).news({"name": "Ada"})


@pytest.mark.parametrize(
    ("here", "changed"),
    [
        ({"phone": "1"}, []),  # as the file said it last
        ({"phone": "2"}, []),  # as it says it now
        ({}, []),
        ({"phone": "3"}, ["phone"]),
    ],
)
def test_what_the_file_has_never_said_was_changed_here(here: dict[str, str], changed: list[str]) -> None:
    now = {"phone": "2", "name": "Ada"}

    assert changed == came_with(phone="1").changed_here_too(frozenset({"phone"}), now, here)


def test_what_the_file_says_for_the_first_time_changed_here_if_something_else_stands_here() -> None:
    news, now = frozenset({"phone"}), {"phone": "2"}

    assert [["phone"], [], []] == [
        came_with().changed_here_too(news, now, here) for here in ({"phone": "1"}, {"phone": "2"}, {})
    ]


def test_each_attribute_is_a_field_of_its_own() -> None:
    assert {"name": "Ada"} == with_attributes_apart({"name": "Ada", "attributes": None})
    assert {"name": "Ada", "attributes.faculty": "law"} == with_attributes_apart(
        {"name": "Ada", "attributes": {"faculty": "law"}}
    )


def test_a_member_is_described_by_the_names_of_a_file() -> None:
    found = fields_of_member(a_member(details=PersonalDetails(phone="1", attributes={"faculty": "law"})))

    assert ("Ada Lovelace", "ada@library.example", "1", "law") == (
        found["name"],
        found["email"],
        found["phone"],
        found["attributes.faculty"],
    )
    assert "details" not in found
    assert fields_of_member(a_member(email=None))["email"] is None


def test_an_attribute_without_news_stays_as_it_is() -> None:
    values = {"name": "Ada", "phone": "1", "attributes": {"faculty": "law", "year": 2}}
    present = {"faculty": "arts", "house": "red"}

    assert {"name": "Ada"} == only_new(frozenset({"name"}), values, present)
    assert {"attributes": {"faculty": "law", "house": "red"}} == only_new(
        frozenset({"attributes.faculty"}), values, present
    )
    assert {"phone": "1"} == only_new(frozenset({"phone", "attributes.house"}), {"phone": "1"}, present)


@pytest.mark.parametrize(("filed", "kept"), [(date(2027, 3, 1), ["expires_on"]), (END, []), (date(2027, 3, 3), [])])
def test_of_two_ends_of_a_membership_the_later_one_counts(filed: date, kept: list[str]) -> None:
    member = a_member(expires_on=END)

    assert kept == kept_here(["expires_on", "phone"], {"expires_on": filed}, member)
    assert [] == kept_here(["phone"], {"phone": "1"}, member)


def test_what_somebody_chose_about_the_own_history_is_kept() -> None:
    silent, decided = a_member(), a_member()
    decided.reading_history = ReadingHistory.FORGET

    assert [] == kept_here(["reading_history"], {}, silent)
    assert ["reading_history"] == kept_here(["reading_history"], {}, decided)


def test_whoever_imports_reads_whose_word_was_taken_where_both_sides_changed() -> None:
    followed, kept = ChangedHereToo(["name", "phone"]), KeptHere(["expires_on", "reading_history"])

    assert ("changed-here-too", "kept-here") == (followed.code, kept.code)
    assert (
        "Since this last came, name, phone changed here as well as in the file. The file's word was taken."
    ) == followed.detail
    assert (
        "Since this last came, expires_on, reading_history changed here as well as in the file. What stands here was "
        "kept: of two ends of a membership the later one, and what somebody chose about the own reading history."
    ) == kept.detail
