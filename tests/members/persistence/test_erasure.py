"""Members' half of an erasure: what is asked, what is told, what is gone afterwards."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from members_service.application.membership.desk_messages.desk_messages import WriteMessage
from members_service.application.membership.standing.reinstate_member import Reinstate
from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.begin_erasure import Leave
from members_service.application.privacy.erase_member import BorrowerCleared, EraseMember
from members_service.application.privacy.queries import AuditQueries, PersonalRecordQueries
from members_service.domain.identity.account import LastAdmin
from members_service.domain.identity.attempts import GuessableSecret, SignInSource
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.roles import Role
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.standing import Action
from members_service.domain.notices.preferences import NoticePreferences
from members_service.domain.photo import Photo
from members_service.domain.pin import TypedPin
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import metadata, plumbing
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import (
    NOW,
    TODAY,
    YESTERDAY,
    a_block,
    a_member,
    a_second_factor,
    a_session,
    an_account,
    an_admin,
)
from tests.members.register import Register
from tests.templates import Templates

ADA_SAYS = SignInSource.at("192.0.2.1", name="ada@library.example", device="a secret of her phone")
BY_CARD = SignInSource.at("192.0.2.1", name="20000000000018", device="a secret of her phone")
RECOVERY = GuessableSecret.of_recovery("20000000000018")


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def a_whole_person(register: Register) -> Member:
    """Put somebody on record about whom everything is known that can be."""
    ada = a_member(details=PersonalDetails("+44 20 7946 0018", Address("12 St James's Square"), YESTERDAY))
    ada.block(a_block(action=Action.HOLD), today=TODAY)
    account = an_account(member_id=ada.id, roles=frozenset({Role.MEMBER, Role.DESK}))
    account.bounds = {Role.DESK: Bounds(frozenset({"EAST"}), NOW + timedelta(days=30))}
    await register.keep(ada, account, a_session(account_id=account.id))
    await register.keep(a_second_factor(account.id))
    await register.desk_messages.write(WriteMessage(ada.id, "Her glasses were found."))
    async with register.unit_of_work() as uow:
        await uow.photos.put(Photo(ada.id, "image/jpeg", b"\xff\xd8\xff", NOW))
        await uow.preferences.put(ada.id, NoticePreferences(), version=1, now=NOW)
        await uow.commit()
    for says in (ADA_SAYS, BY_CARD):
        await register.throttle.admit(says, now=NOW)
        async with register.unit_of_work() as uow:
            await uow.attempts.forgive(says, now=NOW)
            await uow.commit()
    for attempt in (ADA_SAYS, BY_CARD, RECOVERY):
        await register.throttle.admit(attempt, now=NOW)
    typed = TypedPin(ada.id, "20000000000018", end_user="192.0.2.1")
    await register.throttle.note_right_pin(typed, now=NOW)
    await register.throttle.admit_pin(typed, now=NOW)
    return ada


async def ask(register: Register, member_id: UUID) -> UUID:
    """Let somebody leave; return the id of the request as the event tells it."""
    await register.privacy.begin_erasure(Leave(member_id, "the desk"))
    return UUID([data for type_, _, data in await register.events() if type_.endswith(".leaving")][-1]["leaving_id"])


async def clear(register: Register, member_id: UUID, leaving_id: UUID, *, message_id: str = "m1") -> None:
    news = BorrowerCleared(message_id, member_id, leaving_id)
    await register.privacy.erase_member(news, listener="members.farewells")


async def rows(register: Register) -> dict[str, int]:
    """Count the rows of each table that is about people."""
    counted = {}
    for table in metadata.sorted_tables:
        counted[table.name] = (await register.database.first(select(func.count()).select_from(table)))[0]
    return counted


async def test_who_asks_is_leaving_signed_out_and_told_of(register: Register) -> None:
    ada = await a_whole_person(register)

    await ask(register, ada.id)

    shown = await register.members.member(ada.id, today=TODAY)
    membership = await register.standings.membership(MemberReference(ada.id), today=TODAY)
    assert ("leaving", ["joined", "leaving"]) == (shown.status, await register.event_types())
    assert "member-leaving" in [refusal.code for refusal in membership.refusals(TODAY)]
    record = await PersonalRecordQueries(register.database, register.keys).of(ada.id, today=TODAY)
    assert [NOW] == [session.ended_at for session in record.sessions]


async def test_lending_that_has_not_heard_is_asked_once_more_by_asking_again(register: Register) -> None:
    ada = await a_whole_person(register)
    first = await ask(register, ada.id)

    again = await ask(register, ada.id)

    assert first == again
    assert ["joined", "leaving", "leaving"] == await register.event_types()


async def test_nothing_of_a_person_is_left_once_lending_has_let_go(register: Register) -> None:
    ada = await a_whole_person(register)
    await register.keep(a_member(card="KIM", email="kim@x.y"))
    before = await rows(register)
    leaving_id = await ask(register, ada.id)

    await clear(register, ada.id, leaving_id)

    left = await rows(register)
    of_kim = {"members": 1, "cards": 1, "history_entries": 1, "member_words": 2, "accounts": 0, "sessions": 0,
              "blocks": 0, "second_factors": 0, "grants": 0}  # fmt: skip
    assert (2, 1, 1) == (before["members"], before["second_factors"], before["grants"])
    assert of_kim == {name: left[name] for name in of_kim}
    assert 0 == left["familiar_networks"]
    assert 1 == left["sign_in_tries"], "the tries from her network are everybody's there"
    assert ["joined", "joined", "leaving", "erased"] == await register.event_types()
    for looking in (
        register.members.member(ada.id, today=TODAY),
        register.standings.membership(MemberReference(card_number="20000000000018"), today=TODAY),
    ):
        with pytest.raises(MemberNotFound):
            await looking


async def test_nothing_of_a_person_is_left_in_the_files_of_an_embedded_library(
    templates: Templates, package: str, tmp_path: Path, keys: DataKeys
) -> None:
    register = Register(Database(await templates.on_sqlite(package, tmp_path / "members.db")), keys)
    ada = await a_whole_person(register)
    words = [word.encode() for word in ("Lovelace", "lovelace", "20000000000018")]
    leaving_id = await ask(register, ada.id)

    def found() -> set[bytes]:
        files = [file.read_bytes() for file in tmp_path.glob("members.db*")]
        return {word for word in words if any(word in file for file in files)}

    assert set(words) == found()

    await clear(register, ada.id, leaving_id)

    assert set() == found()
    await register.database.dispose()


async def test_her_address_and_card_are_free_again(register: Register) -> None:
    ada = await a_whole_person(register)
    await clear(register, ada.id, await ask(register, ada.id))

    again = await register.enrol(email="ada@library.example", card_number="20000000000018")

    assert again.member_id != ada.id


async def test_an_answer_to_a_wish_that_was_withdrawn_erases_nobody(register: Register) -> None:
    ada = await a_whole_person(register)
    leaving_id = await ask(register, ada.id)
    await register.membership.reinstate_member(Reinstate(ada.id))

    await clear(register, ada.id, leaving_id)
    second = await ask(register, ada.id)
    await clear(register, ada.id, leaving_id, message_id="m2")

    assert leaving_id != second
    assert "leaving" == (await register.members.member(ada.id, today=TODAY)).status
    assert ["joined", "leaving", "reinstated", "leaving"] == await register.event_types()


async def test_the_same_answer_twice_and_one_about_nobody_do_no_harm(register: Register) -> None:
    ada = await a_whole_person(register)
    leaving_id = await ask(register, ada.id)

    for message_id in ("m1", "m1", "m2"):
        await clear(register, ada.id, leaving_id, message_id=message_id)
    await clear(register, new_id(), new_id(), message_id="m3")

    assert 1 == (await register.event_types()).count("erased")


async def test_what_fails_half_way_is_undone_and_done_at_the_next_try(register: Register) -> None:
    ada = await a_whole_person(register)
    leaving_id = await ask(register, ada.id)

    class Crash(Exception):
        pass

    uow = register.unit_of_work()

    async def crash(**_: Any) -> None:
        raise Crash

    uow.commit = crash  # type: ignore[method-assign] # the process dies here
    with pytest.raises(Crash):
        await EraseMember(lambda receipt=None: uow, register.clock)(
            BorrowerCleared("m1", ada.id, leaving_id), listener="x"
        )
    assert "leaving" == (await register.members.member(ada.id, today=TODAY)).status

    await clear(register, ada.id, leaving_id)

    with pytest.raises(MemberNotFound):
        await register.members.member(ada.id, today=TODAY)


async def test_the_last_who_administers_is_not_erased(register: Register) -> None:
    ada = a_member()
    admin = an_admin("ada@library.example")
    admin.member_id = ada.id
    await register.keep(ada, admin)

    with pytest.raises(LastAdmin):
        await ask(register, ada.id)

    await register.keep(an_admin("eve@x.y"))
    await ask(register, ada.id)
    assert "leaving" == (await register.members.member(ada.id, today=TODAY)).status


async def test_the_audit_trail_outlives_the_person_without_naming_anybody(register: Register) -> None:
    ada = await a_whole_person(register)
    await clear(register, ada.id, await ask(register, ada.id))
    register.clock.pass_by(timedelta(days=1))

    assert 2 == (await rows(register))["audit_records"]


async def restored(register: Register, ada: Member) -> None:
    """Put the person of before back, as a backup does: under the same id, and with no trace of the erasure."""
    async with register.database.begin() as transaction:
        await transaction.run(delete(plumbing.outbox))
        await transaction.commit()
    back = a_member(id=ada.id)
    await register.keep(back, account := an_account(member_id=back.id), a_session(account_id=account.id))


async def again(register: Register, member_id: UUID) -> bool:
    return await register.privacy.erase_again(member_id)


async def test_who_comes_back_by_a_backup_is_erased_again_and_lending_is_told(register: Register) -> None:
    ada = await a_whole_person(register)
    await clear(register, ada.id, await ask(register, ada.id))
    await restored(register, ada)

    back = [await again(register, ada.id) for _ in range(2)]

    left = await rows(register)
    assert [True, False] == back
    assert {0} == {
        left[name] for name in ("members", "cards", "accounts", "sessions", "member_words", "history_entries")
    }
    assert ["joined", "leaving", "erased", "leaving"] == await register.event_types()
    with pytest.raises(MemberNotFound):
        await register.members.member(ada.id, today=TODAY)


async def test_an_erasure_that_the_backup_does_not_know_is_in_the_next_list_again(register: Register) -> None:
    gone = new_id()

    for _ in range(2):
        assert not await again(register, gone)

    found = await AuditQueries(register.database).records(AuditFilter(action="erased"), limit=None, before=None)
    assert [(gone, NOW)] == [(record.member_id, record.at) for record in found]
    assert ["leaving", "leaving"] == await register.event_types(), "lending may have been restored, too"


async def test_not_even_a_restore_erases_the_last_who_administers(register: Register) -> None:
    ada = a_member()
    admin = an_admin("ada@library.example")
    admin.member_id = ada.id
    await register.keep(ada, admin)

    with pytest.raises(LastAdmin):
        await again(register, ada.id)

    assert "active" == (await register.members.member(ada.id, today=TODAY)).status
    assert ["joined"] == await register.event_types()
