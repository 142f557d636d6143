"""A file of members that comes again takes nothing back, whatever was done here since."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from members_service.adapters.privacy.whole_library import read_library, write_library
from members_service.application.membership.cards.replace_card import GiveCard
from members_service.application.membership.change_member import MemberChange
from members_service.application.membership.merge_members import Merge
from members_service.application.membership.renew_membership import MembershipRenewal
from members_service.application.membership.views import MemberView
from members_service.domain.membership.guardian import GuardianReference
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Note
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import imported_records
from members_service.persistence.reencryption import seal_everything
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Counts
from shared.persistence.database import Database
from tests.members.application.membership.test_import_members import everybody, taken
from tests.members.makers import NOW
from tests.members.register import Register
from tests.templates import Templates

JON = {
    "external_id": "7", "card_number": "C7", "name": "Jon Doe", "category": "adult", "email": "jon@x.y", "phone": "1",
    "expires_on": "2026-09-30", "reading_history": "keep", "address": {"city": "Wien"}, "notes": [{"text": "Theirs."}],
    "attributes": {"faculty": "law"}, "home_branch": "MAIN", "language": "de",
}  # fmt: skip
MUM = {"external_id": "8", "card_number": "C8", "name": "Joan Doe", "category": "adult"}
WARD = {"external_id": "9", "card_number": "C9", "name": "Tim Doe", "category": "child",
        "guardians": [{"card_number": "C8", "may": ["see"]}]}  # fmt: skip
LATER = date(2028, 9, 30)


@pytest.fixture
def register(sqlite_database: Database, keys: DataKeys) -> Register:
    return Register(sqlite_database, keys, attributes_schema={"type": "object"})


Act = Callable[[Register, UUID], Awaitable[object]]


def changing(**changes: Any) -> Act:
    return lambda register, member_id: register.membership.change_member(MemberChange(member_id, None, changes))


async def renewing(register: Register, member_id: UUID) -> None:
    await register.membership.renew_membership(MembershipRenewal(member_id, LATER))


async def replacing_the_card(register: Register, member_id: UUID) -> None:
    await register.membership.replace_card(GiveCard(member_id, "NEW"))


ACTS: dict[str, Act] = {
    "another name": changing(name="John Doe"),
    "another category": changing(category="senior"),
    "another address": changing(address={"city": "Graz"}),
    "another e-mail": changing(email="john@x.y"),
    "no e-mail": changing(email=None),
    "another telephone": changing(phone="2"),
    "another note": changing(notes=(Note("Ours."),)),
    "no note": changing(notes=()),
    "another attribute": changing(attributes={"faculty": "arts"}),
    "another branch": changing(home_branch="WEST"),
    "another language": changing(language="fr"),
    "a choice to be forgotten": changing(reading_history=ReadingHistory.FORGET),
    "an earlier end": changing(expires_on=date(2026, 4, 1)),
    "another key": changing(external_id="ours"),
    "a paid renewal": renewing,
    "another card": replacing_the_card,
}
KEYS = {"key and card": (), "the card": ("external_id",), "the key": ("card_number",)}


def without(record: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


async def named(register: Register, name: str = "Jon Doe") -> MemberView:
    return next(one for one in (await everybody(register)).values() if one.name == name)


def as_csv(record: dict[str, Any]) -> str:
    flat = without(record, ["address", "notes", "attributes"])
    flat |= {"address.city": "Wien", "note": "Theirs.", "attributes.faculty": "law"}
    return f"{','.join(flat)}\n{','.join(flat.values())}\n"


@pytest.mark.parametrize("known_by", KEYS)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("format", ["json", "csv"])
async def test_the_same_file_takes_nothing_back(register: Register, act: str, known_by: str, format: str) -> None:
    jon = without(JON, KEYS[known_by])
    file: dict[str, Any] = {"text": as_csv(jon), "format": "csv"} if format == "csv" else {}
    records = () if file else (jon,)
    await taken(register, *records, **file)
    await ACTS[act](register, (await named(register)).member_id)
    before = await everybody(register)

    foreseen = await taken(register, *records, **file, dry_run=True)
    again = await taken(register, *records, **file)

    assert (Counts(read=1, skipped=1), ()) == (again.counts, again.errors)
    assert foreseen == again
    assert before == await everybody(register)


async def test_guardians_who_were_changed_here_stay_and_those_who_change_there_come(register: Register) -> None:
    await taken(register, MUM, WARD, JON)
    tim, jon = await named(register, "Tim Doe"), await named(register)
    of_tim = [GuardianReference(MemberReference(jon.member_id), frozenset({"collect"}))]
    await register.membership.change_member(MemberChange(tim.member_id, None, {"guardians": of_tim}))
    before = await everybody(register)

    again = await taken(register, MUM, WARD, JON)
    unchanged = await everybody(register)
    await taken(register, MUM, WARD | {"guardians": [{"card_number": "C8", "may": ["pay"]}]}, JON)

    assert (Counts(read=3, skipped=3), before) == (again.counts, unchanged)
    (guardian,) = (await named(register, "Tim Doe")).guardians
    assert (await named(register, "Joan Doe")).member_id == guardian.member_id


async def test_a_guardian_who_was_unknown_is_one_as_soon_as_there(register: Register) -> None:
    assert ["unknown-guardian"] == [error.code for error in (await taken(register, WARD)).errors]
    await taken(register, MUM)

    assert () == (await taken(register, WARD)).errors

    assert 1 == len((await named(register, "Tim Doe")).guardians)


async def test_a_record_that_changed_changes_only_what_changed_there(register: Register) -> None:
    await taken(register, JON)
    jon = (await named(register)).member_id
    await changing(phone="2", attributes={"faculty": "arts", "year": "3"}, home_branch="WEST")(register, jon)

    whole = await taken(register, JON | {"language": "en", "attributes": {"faculty": "law", "desk": "5"}})

    shown = await named(register)
    assert (Counts(read=1, updated=1), ()) == (whole.counts, whole.errors)
    assert ("2", "WEST", "en") == (shown.phone, shown.home_branch, shown.language)
    assert {"faculty": "arts", "year": "3", "desk": "5"} == dict(shown.attributes)


async def test_where_both_changed_the_file_is_followed_but_for_a_later_end_and_a_choice(register: Register) -> None:
    await taken(register, JON)
    jon = (await named(register)).member_id
    await changing(phone="2", reading_history=ReadingHistory.FORGET)(register, jon)
    await renewing(register, jon)
    changed = JON | {"phone": "3", "reading_history": "default", "expires_on": "2026-12-31"}

    whole, once_more = await taken(register, changed), await taken(register, changed)

    shown = await named(register)
    assert ("3", "forget", LATER) == (shown.phone, shown.reading_history, shown.expires_on)
    assert {"changed-here-too": "phone", "kept-here": "expires_on, reading_history"} == {
        error.code: error.detail.split("last came, ")[1].split(" changed")[0] for error in whole.errors
    }
    assert (Counts(read=1, skipped=1), ()) == (once_more.counts, once_more.errors)


async def test_two_lines_of_one_member_take_nothing_back_either(register: Register) -> None:
    lines = JON, JON | {"phone": "2", "notes": [{"text": "Second line."}]}
    await taken(register, *lines)
    await changing(phone="3")(register, (await named(register)).member_id)
    before = await everybody(register)

    again = await taken(register, *lines)

    assert (Counts(read=2, skipped=2), before) == (again.counts, await everybody(register))


async def test_what_was_remembered_of_a_merged_record_belongs_to_the_one_that_stays(register: Register) -> None:
    await taken(register, JON, without(MUM, ["external_id"]))
    jon, mum = await named(register), await named(register, "Joan Doe")
    await register.membership.merge_members(Merge(jon.member_id, mum.member_id))
    before = await everybody(register)

    again = await taken(register, JON, without(MUM, ["external_id"]))

    assert (Counts(read=2, skipped=2), before) == (again.counts, await everybody(register))


async def remembered(register: Register) -> int:
    found = (await register.database.first(select(func.count()).select_from(imported_records)))[0]
    return int(found or 0)


async def test_what_was_remembered_goes_with_its_member(register: Register) -> None:
    await taken(register, JON, MUM)
    assert 4 == await remembered(register)

    async with register.unit_of_work() as uow:
        await uow.members.remove(await uow.members.get((await named(register)).member_id))
        await uow.commit()

    assert 2 == await remembered(register)


async def test_nothing_that_was_told_can_be_tried_out_without_the_keys(register: Register) -> None:
    await taken(register, JON, JON | {"external_id": "70", "card_number": "C70", "email": None})

    rows = await register.database.rows(select(imported_records))

    of_city = [row.digests.partition('"address":')[2][:20] for row in rows]
    assert (4, 4) == (len(rows), len(set(of_city)))
    assert all(row.secret.startswith("sealed:") for row in rows)


@pytest.fixture
async def other(templates: Templates, package: str, tmp_path: Path) -> Any:
    """Give a library that is empty and has keys of its own."""
    database = Database(await templates.on_sqlite(package, tmp_path / "other.db"))
    yield Register(database, DataKeys(tmp_path / "other-keys.txt", make_missing=True))
    await database.dispose()


async def test_a_library_that_moves_or_changes_its_keys_goes_on_remembering(
    register: Register, other: Register, tmp_path: Path
) -> None:
    await taken(register, JON)
    await changing(phone="2")(register, (await named(register)).member_id)
    await write_library(register.database, register.keys, tmp_path / "all", version="1", now=NOW)
    await read_library(other.database, other.keys, tmp_path / "all")
    lines = (tmp_path / "other-keys.txt").read_text()
    (tmp_path / "newer.txt").write_text(lines + "newer:" + "A" * 43 + "=\n")
    newer = DataKeys(tmp_path / "newer.txt")
    await seal_everything(other.database, newer)
    moved = Register(other.database, newer, attributes_schema={"type": "object"})

    again = await taken(moved, JON)

    assert (Counts(read=1, skipped=1), "2") == (again.counts, (await named(moved)).phone)
    assert all(newer.is_newest(row.secret) for row in await moved.database.rows(select(imported_records)))


PEOPLE = st.fixed_dictionaries(
    {
        "external_id": st.sampled_from([None, "1", "2"]),
        "card_number": st.sampled_from(["A", "B", "C"]),
        "name": st.sampled_from(["Ada", "Kim"]),
        "category": st.sampled_from(["adult", "senior"]),
        "expires_on": st.sampled_from(["2026-09-30", "2027-09-30"]),
        "phone": st.sampled_from([None, "1", "2"]),
        "email": st.sampled_from([None, "ada@x.y", "kim@x.y"]),
        "reading_history": st.sampled_from([None, "keep", "forget"]),
    }
)


@settings(max_examples=20)
@given(
    people=st.lists(PEOPLE, min_size=1, max_size=5),
    acts=st.lists(st.tuples(st.integers(0, 9), st.sampled_from([*ACTS, "a merger"])), max_size=5),
)
async def test_any_file_takes_nothing_back_whatever_was_done_since(
    register: Register, people: list[dict[str, Any]], acts: list[tuple[int, str]]
) -> None:
    async with register.unit_of_work() as uow:
        for member in [await uow.members.get(one.member_id) for one in (await everybody(register)).values()]:
            await uow.members.remove(member)
        await uow.commit()
    file = [without(one, [name for name, value in one.items() if value is None]) for one in people]
    first = await taken(register, *file)
    for number, act in acts:
        there = [one.member_id for one in (await everybody(register)).values()]
        try:
            if act == "a merger":
                await register.membership.merge_members(Merge(there[number % len(there)], there[0]))
            else:
                await ACTS[act](register, there[number % len(there)])
        except LibraryError:
            continue
    before = await everybody(register)

    again = await taken(register, *file)

    assert before == await everybody(register)
    assert (0, 0) == (again.counts.created, again.counts.updated), replace(first, errors=())
