"""A library moves in: files of members, read from the database afterwards."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from members_service.adapters.membership.member_files import READERS
from members_service.application.membership.moving_in import import_members
from members_service.application.membership.views import MemberFilter, MemberView
from members_service.domain.membership.member_reference import MemberReference
from shared.kernel.file_records import Batch, Counts
from shared.kernel.imports import ImportFile
from tests.members.makers import TODAY, YESTERDAY, a_member
from tests.members.register import Register

ADA = {"external_id": "1", "card_number": "A1", "name": "Ada Lovelace", "category": "adult", "email": "ada@x.y"}
KIM = {"external_id": "2", "card_number": "K1", "given_name": "Kim", "family_name": "Novak", "category": "child"}


async def taken(
    register: Register, *records: Any, text: str | None = None, format: str = "json", dry_run: bool = False,
    mapping: Mapping[str, str] | None = None, already: int = 0,
) -> Batch:  # fmt: skip
    """Import records, or `text`, and return what became of all of them."""
    content = text if text is not None else "\n".join(json.dumps(record) for record in records)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content.encode()), 50):
            yield content.encode()[start : start + 50]

    file = READERS[format](pieces(), mapping or {})
    whole = Batch(Counts())
    async for batch in register.moving_in.import_members(ImportFile(dry_run=dry_run, already=already), file):
        whole = Batch(whole.counts + batch.counts, whole.errors + batch.errors)
    return whole


async def everybody(register: Register) -> dict[str, MemberView]:
    found = await register.members.members(MemberFilter(), today=TODAY, limit=100, after=None)
    return {member.card_number: member for member in found}


async def test_members_come_as_they_were_and_nobody_is_told(register: Register) -> None:
    ada = ADA | {"joined_on": "2001-05-01", "expires_on": "2026-12-31", "suspended_until": "2026-06-30", "pin": "4819"}

    whole = await taken(register, ada | {"address": {"city": "London"}, "notes": [{"text": "Shouts."}]}, KIM)

    found = await everybody(register)
    assert (Counts(read=2, created=2), ()) == (whole.counts, whole.errors)
    assert (date(2001, 5, 1), date(2026, 12, 31), "suspended") == (
        found["A1"].joined_at.date(), found["A1"].expires_on, found["A1"].status
    )  # fmt: skip
    assert ("London", "Shouts.", True) == (
        found["A1"].address and found["A1"].address.city, found["A1"].notes[0].text, found["A1"].has_pin
    )  # fmt: skip
    assert ("Kim Novak", None) == (found["K1"].name, found["K1"].email)
    assert [] == await register.event_types()


async def test_the_same_file_again_changes_nothing(register: Register) -> None:
    guarded = KIM | {"guardians": [{"card_number": "A1", "may": ["see"]}]}
    await taken(register, guarded, ADA | {"pin": "4819"})
    before = await everybody(register)

    again = await taken(register, guarded, ADA | {"pin": "4819"})

    assert (Counts(read=2, skipped=2), before) == (again.counts, await everybody(register))


async def test_a_record_with_a_known_key_or_card_revises_and_leaves_what_it_does_not_say(register: Register) -> None:
    await taken(register, ADA | {"phone": "1"})
    await register.keep(a_member(card="OLD", email=None))

    whole = await taken(register, {"external_id": "1", "mobile": "2"}, {"card_number": "old", "external_id": "9"})

    found = await everybody(register)
    assert Counts(read=2, updated=2) == whole.counts
    assert ("1", "2", "9") == (found["A1"].phone, found["A1"].mobile, found["OLD"].external_id)


async def test_a_card_that_was_given_out_elsewhere_since_the_first_file_is_the_one_that_works(
    register: Register,
) -> None:
    await taken(register, ADA, KIM)
    card = ADA | {"card_number": "A9"}

    whole, again, old = [await taken(register, one) for one in (card, card, ADA)]

    assert [Counts(read=1, updated=1), Counts(read=1, skipped=1), Counts(read=1, skipped=1)] == [
        one.counts for one in (whole, again, old)
    ], "the old card does not come back with the old file"
    assert {"A9", "K1"} == set(await everybody(register))


@pytest.mark.parametrize("at_once", [1, 2])
async def test_a_card_that_somebody_else_has_is_refused_and_nothing_of_the_record_counts(
    register: Register, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(import_members, "AT_ONCE", at_once)
    await taken(register, ADA)

    whole = await taken(register, KIM, ADA | {"card_number": "k 1", "name": "Ada King"})

    assert (Counts(read=2, created=1, failed=1), ["card-number-taken"]) == (
        whole.counts, [error.code for error in whole.errors]
    )  # fmt: skip
    assert {"A1": "Ada Lovelace", "K1": "Kim Novak"} == {
        card: member.name for card, member in (await everybody(register)).items()
    }


async def test_guardians_may_come_later_in_the_file_and_unknown_ones_are_reported(register: Register) -> None:
    child = KIM | {"guardians": [{"card_number": "A1", "may": ["see", "pay"]}]}
    orphan = KIM | {"external_id": "3", "card_number": "K2", "guardians": [{"card_number": "NOBODY", "may": ["see"]}]}

    whole = await taken(register, child, orphan, ADA)

    found = await everybody(register)
    assert [found["A1"].member_id] == [one.member_id for one in found["K1"].guardians]
    assert (3, [(2, "3", "unknown-guardian")]) == (
        whole.counts.created,
        [(error.record, error.identifier, error.code) for error in whole.errors],
    )


async def test_guardians_of_records_that_were_noted_before_a_crash_are_noted_after_it(register: Register) -> None:
    child = KIM | {"guardians": [{"card_number": "A1", "may": ["see"]}, {"card_number": "a1", "may": ["pay"]}]}
    await taken(register, KIM, ADA)

    whole = await taken(register, child, ADA, already=1)

    guardian = (await everybody(register))["K1"].guardians[0]
    assert (Counts(read=1, skipped=1), ()) == (whole.counts, whole.errors)
    assert {"see", "pay"} == set(guardian.may)


async def test_one_address_opens_one_account_and_none_where_somebody_signs_in_with_it(register: Register) -> None:
    shared = [ADA | {"external_id": str(number), "card_number": f"A{number}"} for number in range(1, 4)]
    await taken(register, shared[0])

    await taken(register, *shared)

    assert ["account-opened"] == [record.action for record in await register.audited() if "account" in record.action]


async def test_a_bad_record_never_stops_the_others_and_each_is_reported(register: Register) -> None:
    bad: list[Any] = [
        ADA | {"category": "adlut"},
        ADA | {"email": "nowhere"},
        ADA | {"date_of_birth": "1815-12-10"},
        ADA | {"expires_on": "soon"},
        ADA | {"pin": "12"},
        ADA | {"card_number": "!"},
        {"external_id": "5", "category": "adult"},
        {"external_id": "5", "name": "Nobody"},
        ADA | {"school": "North"},
        17,
    ]

    whole = await taken(register, *bad, KIM)

    assert Counts(read=11, created=1, failed=10) == whole.counts
    assert [
        "unknown-category", "invalid-email", "invalid-date-of-birth", "invalid-field", "invalid-pin",
        "invalid-card-number", "name-missing", "category-missing", "invalid-field", "record-unreadable",
    ] == [error.code for error in whole.errors]  # fmt: skip
    assert [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] == [error.record for error in whole.errors]
    assert {"K1"} == (await everybody(register)).keys()


async def test_a_dry_run_tells_all_that_and_keeps_nothing(register: Register) -> None:
    whole = await taken(register, ADA, KIM, ADA | {"external_id": "7", "card_number": None, "email": "?"}, dry_run=True)

    assert (Counts(read=3, created=2, failed=1), {}) == (whole.counts, await everybody(register))


@pytest.mark.parametrize("there", [False, True])
async def test_a_dry_run_knows_who_came_before_in_the_file_however_long_ago(
    register: Register, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(import_members, "AT_ONCE", 2)
    if there:
        await taken(register, ADA | {"name": "Ada"})
    bad, by_card = KIM | {"category": "x"}, {"card_number": "a 1", "name": "Ada King"}
    file = [ADA, bad, ADA, bad, by_card, by_card, by_card]

    foreseen = await taken(register, *file, dry_run=True)
    done = await taken(register, *file)

    first = Counts(updated=1) if there else Counts(created=1)
    assert Counts(read=7, updated=1, skipped=3, failed=2) + first == foreseen.counts
    assert (done.counts, done.errors) == (foreseen.counts, foreseen.errors)


async def test_what_broke_off_goes_on_behind_what_was_done(register: Register) -> None:
    await taken(register, ADA)

    whole = await taken(register, ADA, KIM, already=1)

    assert Counts(read=1, created=1) == whole.counts


async def test_a_family_of_one_file_shares_an_address_and_one_account(register: Register) -> None:
    await taken(register, ADA, KIM | {"email": "ADA@x.y"})

    found = await everybody(register)
    async with register.unit_of_work() as uow:
        owners = [len(await uow.accounts.of_member(found[card].member_id)) for card in ("A1", "K1")]
    assert [1, 0] == owners


async def test_more_than_a_batch_comes_and_one_card_twice_is_one_member(register: Register) -> None:
    records = [ADA | {"external_id": f"m{n}", "card_number": f"M{n}", "email": f"m{n}@x.y"} for n in range(450)]

    whole = await taken(register, *records, {"card_number": "m7", "phone": "7"})

    assert Counts(read=451, created=450, updated=1) == whole.counts
    assert "M449" in {
        member.card_number
        for member in await register.members.members(MemberFilter(q="M449@x.y"), today=TODAY, limit=2, after=None)
    }


async def test_an_array_is_read_as_well_and_a_broken_record_in_it_is_stepped_over(register: Register) -> None:
    text = f'[\n{json.dumps(ADA)},\n{{"external_id": "3", oops}},\n{json.dumps(KIM)}\n]\n'

    whole = await taken(register, text=text)

    assert (Counts(read=3, created=2, failed=1), {"A1", "K1"}) == (whole.counts, set(await everybody(register)))


async def test_a_spreadsheet_names_its_columns_as_its_system_did(register: Register) -> None:
    text = (
        "cardnumber;surname;firstname;categorycode;Address;city;dateexpiry;borrowernotes;guarantor;\n"
        'A1;Lovelace;Ada;adult;"12 St James;s Square";London;2027-01-31;"Shouts.\nOften.";;\n'
        "\n"
        "K1;Novak;Kim;child;;;;;A1;\n"
    )
    mapping = {
        "card_number": "cardnumber", "family_name": "surname", "given_name": "firstname", "category": "categorycode",
        "address.street": "address", "expires_on": "dateexpiry", "note": "borrowernotes",
        "guardian_card_number": "guarantor",
    }  # fmt: skip

    whole = await taken(register, text="\ufeff" + text, format="csv", mapping=mapping)

    found = await everybody(register)
    assert (Counts(read=2, created=2), ()) == (whole.counts, whole.errors)
    assert ("Ada Lovelace", "12 St James;s Square", "London") == (
        found["A1"].name, found["A1"].address and found["A1"].address.street,
        found["A1"].address and found["A1"].address.city,
    )  # fmt: skip
    assert ("Shouts.\nOften.", date(2027, 1, 31)) == (found["A1"].notes[0].text, found["A1"].expires_on)
    assert [found["A1"].member_id] == [one.member_id for one in found["K1"].guardians]


async def test_a_suspension_that_is_over_is_not_taken_over(register: Register) -> None:
    await taken(register, ADA | {"suspended_until": YESTERDAY.isoformat()}, KIM | {"expires_on": "2027-01-01"})

    standing = await register.membership.assess_standing(MemberReference(card_number="A1"))
    assert standing.may_borrow
    assert TODAY + timedelta(days=1) < standing.expires_on


async def test_what_is_to_be_kept_of_past_loans_comes_with_its_member_and_lending_is_told(register: Register) -> None:
    await taken(register, ADA | {"reading_history": "keep"}, KIM)
    text = "card_number,reading_history\nA1,forget\nK1,\n"
    whole = await taken(register, text=text, format="csv")

    found = await everybody(register)
    assert Counts(read=2, updated=1, skipped=1) == whole.counts
    assert ("forget", "default") == (found["A1"].reading_history, found["K1"].reading_history)
    assert ["reading_history_chosen"] * 2 == await register.event_types()


@pytest.mark.parametrize("text", ["", "[]", "\n\n", "[\n]"])
async def test_an_empty_file_brings_nobody(register: Register, text: str) -> None:
    assert Batch(Counts()) == await taken(register, text=text)
