"""What of a person can be read in the database by somebody without the keys, and what happens when keys change."""

import base64
import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from members_service.application.membership.views import MemberFilter
from members_service.domain.email import Email
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.persistence.data_keys import CannotBeOpened, DataKeys
from members_service.persistence.identity.tables import accounts, second_factors
from members_service.persistence.membership.finding import FOUND_BY
from members_service.persistence.membership.tables import members
from members_service.persistence.reencryption import seal_everything
from shared.persistence.database import Database
from tests.members.makers import TODAY, a_member, a_second_factor, an_account
from tests.members.register import Register

PRIVATE = PersonalDetails("+44 20 7946 0018", Address("12 St James's Square"), date(1980, 12, 10))


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


@pytest.fixture
def key_file(tmp_path: Path, keys: DataKeys) -> Path:
    keys.load()
    return tmp_path / "data-keys.txt"


def with_another_key(key_file: Path) -> DataKeys:
    key_file.write_text(f"{key_file.read_text()}second:{base64.b64encode(os.urandom(32)).decode()}\n")
    return DataKeys(key_file)


async def kept(database: Database) -> str:
    """Return all that is kept of members and accounts, as somebody sees it who has the database and no key."""
    rows = [row for table in (members, accounts, second_factors) for row in await database.rows(select(table))]
    return "\n".join(map(repr, rows))


async def test_nobody_reads_details_or_addresses_without_the_keys(register: Register) -> None:
    await register.keep(ada := a_member(details=PRIVATE), account := an_account(member_id=ada.id))
    await register.keep(a_second_factor(account.id, secret="JBSWY3DPEHPK3PXP"))

    everything = await kept(register.database)

    for private in ("7946 0018", "James", "1980-12", "1980, 12", "ada@", "library.example", "JBSWY3DP", "7qj2"):
        assert private not in everything


async def test_what_was_sealed_is_shown_and_found_again(register: Register) -> None:
    await register.keep(ada := a_member(details=PRIVATE, email="Ada@Library.example"))

    shown = await register.members.member(ada.id, today=TODAY)
    async with register.unit_of_work() as uow:
        loaded = await uow.members.get(ada.id)
        taken = await uow.members.has_email(Email.parse("ada@LIBRARY.example"), of=ada.id)

    assert ("Ada@Library.example", "+44 20 7946 0018") == (shown.email, shown.phone)
    assert (PRIVATE, ada.email, True) == (loaded.details, loaded.email, taken)


async def test_an_act_that_changes_nothing_private_writes_nothing_private(register: Register) -> None:
    await register.keep(ada := a_member(details=PRIVATE))
    before = await kept(register.database)
    async with register.unit_of_work() as uow:
        await uow.members.get(ada.id)
        await uow.commit()

    assert before == await kept(register.database)


async def test_a_value_moved_to_somebody_else_cannot_be_opened(register: Register) -> None:
    await register.keep(ada := a_member(details=PRIVATE), kim := a_member(card="KIM", email="kim@x.y"))
    async with register.database.engine.begin() as connection:
        theirs = select(members.c.details).where(members.c.member_id == ada.id).scalar_subquery()
        await connection.execute(update(members).where(members.c.member_id == kim.id).values(details=theirs))

    with pytest.raises(CannotBeOpened):
        await register.members.member(kim.id, today=TODAY)


async def test_after_a_rotation_everything_is_sealed_under_the_new_key_once(register: Register, key_file: Path) -> None:
    await register.keep(
        ada := a_member(details=PRIVATE), account := an_account(member_id=ada.id), a_member(card="2", email="b@x.y")
    )
    await register.keep(a_second_factor(account.id, secret="JBSWY3DPEHPK3PXP"))
    rotated = with_another_key(key_file)

    first, second = await seal_everything(register.database, rotated), await seal_everything(register.database, rotated)

    assert (4, 0) == (first, second)
    assert "sealed:1:" not in await kept(register.database)
    shown = await Register(register.database, rotated).members.member(ada.id, today=TODAY)
    assert ("ada@library.example", "+44 20 7946 0018") == (shown.email, shown.phone)
    async with Register(register.database, rotated).unit_of_work() as uow:
        factor = await uow.second_factors.of(account.id)
    assert factor is not None
    assert "JBSWY3DPEHPK3PXP" == factor.secret


async def test_who_was_sealed_before_is_still_found_while_keys_rotate(register: Register, key_file: Path) -> None:
    await register.keep(ada := a_member())

    rotated = Register(register.database, with_another_key(key_file))

    (found,) = await rotated.members.members(MemberFilter(q="ADA@library.example"), today=TODAY, limit=9, after=None)
    assert ada.id == found.member_id


async def test_another_lookup_key_takes_effect_with_the_next_reencryption(register: Register, key_file: Path) -> None:
    await register.keep(ada := a_member())
    lines = key_file.read_text().splitlines()
    other = base64.b64encode(os.urandom(32)).decode()
    key_file.write_text("\n".join([f"lookup:{other}", *lines[1:]]))
    keys = DataKeys(key_file)
    wanted = MemberFilter(q="ada@library.example")
    views = Register(register.database, keys).members
    before = await views.members(wanted, today=TODAY, limit=9, after=None)

    await seal_everything(register.database, keys)

    assert ([], [ada.id]) == (
        before, [one.member_id for one in await views.members(wanted, today=TODAY, limit=9, after=None)],
    )  # fmt: skip


async def test_who_was_there_before_telephones_were_kept_is_found_after_a_reencryption(register: Register) -> None:
    await register.keep(ada := a_member(details=PRIVATE))
    async with register.database.engine.begin() as connection:
        for table in FOUND_BY:
            await connection.execute(delete(table))
    wanted = MemberFilter(q="020 7946 0018")
    before = await register.members.members(wanted, today=TODAY, limit=9, after=None)

    changed = [await seal_everything(register.database, register.keys) for _ in range(2)]

    assert ([1, 0], []) == (changed, before)
    for q in (wanted.q, "ada"):
        (found,) = await register.members.members(MemberFilter(q=q), today=TODAY, limit=9, after=None)
        assert ada.id == found.member_id


async def test_a_key_that_is_still_needed_is_missed(register: Register, key_file: Path) -> None:
    await register.keep(a_member())
    lookup = key_file.read_text().splitlines()[0]
    key_file.write_text(f"{lookup}\nsecond:{base64.b64encode(os.urandom(32)).decode()}\n")

    with pytest.raises(CannotBeOpened):
        await seal_everything(register.database, DataKeys(key_file))
