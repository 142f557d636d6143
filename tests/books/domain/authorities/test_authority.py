from typing import Any

import pytest

from books_service.domain.authorities.authority import (
    Authority,
    AuthorityMerged,
    AuthorityRecord,
    HeadingTaken,
    InvalidKind,
    InvalidUri,
    KindsDiffer,
    MergedWithItself,
    TooManyForms,
    uri_key,
)
from books_service.domain.authorities.heading import InvalidHeading, heading_key
from books_service.domain.text import InvalidText
from shared.kernel.errors import InvalidValue, Refusals
from shared.kernel.ids import new_id
from tests.books.makers import NOW


def a_record(heading: str = "Twain, Mark", **fields: Any) -> AuthorityRecord:
    return AuthorityRecord.of(**{"kind": "person", "heading": heading} | fields)


def an_authority(heading: str = "Twain, Mark", **fields: Any) -> Authority:
    authority = Authority(id=new_id(), record=a_record(heading, **fields), now=NOW)
    authority.take_events()
    return authority


@pytest.mark.parametrize("text", ["twain, mark", "TWAIN  MARK", "Twain. Márk"])
def test_a_heading_is_the_same_whatever_its_accents_case_and_punctuation(text: str) -> None:
    assert heading_key("Twain, Mark") == heading_key(text)


def test_c_plus_plus_is_another_heading_than_c() -> None:
    assert 3 == len({heading_key(f"{name} (Computer program language)") for name in ("C", "C++", "C#")})


def test_everything_wrong_with_an_authority_is_said_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        AuthorityRecord.of(kind="god", heading="?!", see_from=("",), uris=("viaf.org/1",))

    assert [InvalidKind, InvalidHeading, InvalidText, InvalidUri] == [type(one) for one in refused.value.refusals]


@pytest.mark.parametrize("uri", ["ftp://d-nb.info/1", "urn:isbn:1", "https://", "http://[", "https://a b/c", "x" * 600])
def test_a_uri_is_an_address_of_the_web(uri: str) -> None:
    with pytest.raises(InvalidUri):
        a_record(uris=[uri])


def test_the_same_uri_with_and_without_tls_is_one() -> None:
    assert uri_key("http://viaf.org/viaf/50566653/") == uri_key("https://viaf.org/viaf/50566653")


def test_an_authority_has_so_many_forms_and_no_more() -> None:
    with pytest.raises(TooManyForms):
        a_record(see_from=[f"Form {number}" for number in range(501)])


def test_a_heading_that_is_replaced_leads_to_the_new_one() -> None:
    changed = a_record(see_from=["Clemens, Samuel"]).with_changes({"heading": "Twain, Mark, 1835-1910"})

    assert ("Clemens, Samuel", "Twain, Mark") == changed.see_from


def test_another_form_and_the_heading_change_places() -> None:
    changed = a_record(see_from=["Clemens, Samuel"]).with_changes({"heading": "Clemens, Samuel"})

    assert ("Clemens, Samuel", ("Twain, Mark",)) == (changed.heading, changed.see_from)


def test_a_heading_that_is_written_another_way_needs_no_other_form() -> None:
    assert () == a_record("Bronte, Charlotte").with_changes({"heading": "Brontë, Charlotte"}).see_from


def test_a_heading_that_is_replaced_together_with_the_other_forms_leads_nowhere() -> None:
    assert () == a_record("Twian, Mark").with_changes({"heading": "Twain, Mark", "see_from": None}).see_from


def test_what_is_wrong_in_a_file_is_left_out_and_reported() -> None:
    record, wrong = AuthorityRecord.repaired(
        {
            "kind": "person",
            "heading": "Twain, Mark",
            "see_from": ("?", "Clemens"),
            "uris": ("viaf", "https://viaf.org/1"),
        }
    )

    assert (("Clemens",), ("https://viaf.org/1",)) == (record.see_from, record.uris)
    assert [InvalidHeading, InvalidUri] == [type(one) for one in wrong]


def test_without_a_heading_there_is_no_authority() -> None:
    with pytest.raises(InvalidValue):
        AuthorityRecord.repaired({"kind": "person"})


def test_merging_hands_on_all_forms_and_uris() -> None:
    clemens = an_authority(
        "Clemens, Samuel", see_from=["Snodgrass"], uris=["https://viaf.org/1", "https://d-nb.info/2"]
    )
    twain = an_authority(uris=["http://viaf.org/1/"])

    clemens.merge_into(twain, now=NOW)

    assert ("Clemens, Samuel", "Snodgrass") == twain.record.see_from
    assert ("http://viaf.org/1/", "https://d-nb.info/2") == twain.record.uris
    assert (2, twain.id) == (twain.version, clemens.take_events()[0].into)


def test_only_two_of_one_kind_are_merged() -> None:
    with pytest.raises(KindsDiffer):
        an_authority(kind="subject").merge_into(an_authority(), now=NOW)
    twain = an_authority()
    with pytest.raises(MergedWithItself):
        twain.merge_into(twain, now=NOW)


def test_a_revision_that_says_the_same_is_none() -> None:
    twain = an_authority()

    assert not twain.revise(a_record(), now=NOW)
    assert (1, []) == (twain.version, twain.take_events())


def test_whoever_asks_for_a_merged_authority_or_a_taken_heading_is_led_to_the_other_one() -> None:
    other = new_id()
    merged, taken, unnamed = AuthorityMerged(into=other), HeadingTaken(authority_id=other), HeadingTaken()
    told = (
        "Another authority of this kind has this heading. Use that one, or merge the two; for another of the same name "
        "add dates or what it is."
    )

    assert "This authority was merged into another, whose heading its books bear. See `into`." == str(merged)
    assert {"into": str(other)} == merged.figures
    assert (told, {"authority_id": str(other)}) == (str(taken), taken.figures)
    assert (told, {}) == (str(unnamed), unnamed.figures)


def test_two_that_one_place_on_the_web_names_apart_are_not_the_same() -> None:
    one = a_record(uris=["https://viaf.org/viaf/1", "https://d-nb.info/gnd/1"])

    assert one.is_elsewhere_another(a_record(uris=["http://viaf.org/viaf/2"]))
    assert not one.is_elsewhere_another(a_record(uris=["http://viaf.org/viaf/1", "https://d-nb.info/gnd/2"]))
    assert not one.is_elsewhere_another(a_record(uris=["https://id.loc.gov/authorities/names/n1"]))
    assert not one.is_elsewhere_another(a_record())


def test_two_lead_alike_if_kind_heading_and_other_forms_are_the_same() -> None:
    one = a_record(see_from=["Clemens, Samuel"])

    assert one.leads_like(a_record(see_from=["Clemens, Samuel"], uris=["https://viaf.org/viaf/1"]))
    for other in (a_record(), a_record("Twain, M.", see_from=["Clemens, Samuel"]), a_record(kind="body")):
        assert not one.leads_like(other)
