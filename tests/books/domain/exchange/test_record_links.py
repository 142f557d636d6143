"""By what MARC records name others."""

from typing import Any

import pytest

from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.record_links import RecordLink, links_of
from books_service.domain.exchange.source_record import SourceRecord
from tests.books.makers import any_id

ONE, OTHER = any_id(), any_id()


def named_by(*fields: list[Any]) -> tuple[RecordLink, ...]:
    return links_of(SourceRecord("00000nam a2200000 a 4500", (["001", "7"], ["003", "DE-101"], *fields)))


def a_link(tag: str, *subfields: tuple[str, str]) -> list[Any]:
    return [tag, "0 ", [[*each] for each in subfields]]


def test_a_host_is_named_by_its_numbers_the_control_number_first_and_a_part_says_where_it_stands() -> None:
    host = a_link("773", ("t", "Weather"), ("z", "978-0-14-143958-7"), ("g", "12 (2026), 3"), ("w", "(DE-600)5"))

    (link,) = named_by(host)

    assert RecordLink(RelationKind.PART_OF, ("control_number:de-600:5", "isbn::9780141439587"), "12 (2026), 3") == link


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("12", ("control_number:de-101:12", "control_number::12")),
        ("(OCoLC)ocm12", ("control_number:ocolc:ocm12", "oclc::12")),
        ("(DLC)sn 12", ("control_number:dlc:sn 12", "lccn::sn 12")),
    ],
)
def test_a_control_number_is_read_as_that_of_its_catalogue(value: str, keys: tuple[str, ...]) -> None:
    assert keys == named_by(a_link("780", ("w", value)))[0].keys


def test_a_series_is_named_by_its_issn_and_says_the_number_in_it() -> None:
    (link,) = named_by(a_link("830", ("a", "Climate studies ;"), ("v", "12 ;"), ("x", "0302-9743")))

    assert RecordLink(RelationKind.PART_OF, ("issn::03029743",), "12") == link


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("765", "other_edition"),
        ("770", "has_part"),
        ("772", "part_of"),
        ("774", "has_part"),
        ("775", "other_edition"),
        ("776", "other_edition"),
        ("780", "continues"),
        ("785", "continued_by"),
        ("810", "part_of"),
    ],
)
def test_each_linking_field_has_its_kind(tag: str, kind: str) -> None:
    assert kind == named_by(a_link(tag, ("w", "(A)1")))[0].kind


def test_what_names_nobody_by_a_number_is_no_link() -> None:
    assert () == named_by(
        a_link("773", ("t", "Weather")),
        a_link("773", ("z", "978-0-14-143958-8")),
        a_link("787", ("w", "(A)1")),
        ["773", "broken"],
    )
