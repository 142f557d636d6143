"""A library leaves with everything, and another one begins with it."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from members_service.adapters.privacy.whole_library import TABLES, read_library, write_library
from members_service.application.membership.change_categories import PutCategories
from members_service.application.membership.desk_messages.desk_messages import WriteMessage
from members_service.application.membership.merge_members import Merge
from members_service.application.membership.standing.blocks import PlaceBlock
from members_service.application.membership.views import MemberFilter
from members_service.domain.application import Applicant, Application
from members_service.domain.identity.foreign_identity import ForeignIdentity
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.identity_provider import Audience, ClaimNames, Enrolment, IdentityProvider
from members_service.domain.membership.guardian import GuardianReference
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.membership import CategoryTerms
from members_service.domain.membership.personal_details import Address, Note
from members_service.domain.membership.standing import Action
from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.letters import LetterBatch, Sender
from members_service.domain.notices.message import Attempt, Message, Outcome, Phase, Way
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.domain.notices.preferences import CategoryDefaults, NoticePreferences
from members_service.domain.notices.template import Template as NoticeTemplate
from members_service.domain.notices.template import TemplateKey
from members_service.domain.photo import Photo
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.tables import roles
from members_service.persistence.membership.tables import import_profiles
from members_service.persistence.notices.messages import Content
from members_service.persistence.schema import plumbing
from shared.kernel.import_profiles import ImportProfile
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.whole_tables import DatabaseNotEmpty, FolderUnusable
from tests.cubes import have_figures
from tests.members.application.membership.test_import_members import taken
from tests.members.makers import NOW, TODAY, a_passkey, a_second_factor, an_account, an_admin
from tests.members.register import Register
from tests.templates import Templates


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


@pytest.fixture
async def other(templates: Templates, package: str, tmp_path: Path) -> AsyncIterator[Register]:
    """Give a library that is empty and has keys of its own."""
    database = Database(await templates.on_sqlite(package, tmp_path / "other.db"))
    yield Register(database, DataKeys(tmp_path / "other-keys.txt", make_missing=True))
    await database.dispose()


async def _sign_in_elsewhere(register: Register, account_id: UUID) -> None:
    town = IdentityProvider(
        id=UUID(int=7),
        code="town",
        title="Town hall",
        issuer="https://town.example",
        client_id="library",
        client_secret="what the town gave the library",
        audience=Audience.STAFF,
        mail_domains=("town.example",),
        claims=ClaimNames(),
        groups={"desk": {"toy-desk": frozenset({"MAIN"})}},
        enrol=Enrolment("adult", "MAIN"),
        max_age=None,
        enabled=True,
        version=1,
    )
    async with register.unit_of_work() as uow:
        await uow.providers.put(town)
        uow.foreign_identities.add(
            ForeignIdentity(UUID(int=8), account_id, town.id, town.issuer, "grace at the town hall", NOW)
        )
        await uow.commit()


async def _choose_words_and_ways(register: Register, member_id: UUID) -> None:
    key = TemplateKey(NoticeKind.OVERDUE, Way.MAIL, "pl", "EAST")
    chosen = NoticePreferences((Way.PUSH,), {NoticeKind.DUE_SOON: False})
    async with register.unit_of_work() as uow:
        await uow.templates.add(key, NoticeTemplate("text", "subject"), version=1, by="the desk", now=NOW)
        await uow.preferences.put(member_id, chosen, version=1, now=NOW)
        await uow.preferences.add_defaults(CategoryDefaults("adult", 1, chosen, NOW), by="the desk")
        await uow.letter_batches.add(LetterBatch(UUID(int=9), "EAST", 0, NOW, "the desk"))
        await uow.letter_batches.claim(now=NOW)
        await uow.letter_batches.finish(UUID(int=9), [UUID(int=10)], Sender("Library"), claimed_at=NOW, now=NOW)
        await uow.commit()


async def _send_something(register: Register, member_id: UUID, mode: Mode = Mode.SHADOW) -> None:
    """Let a code be on its way, a message be out, and an address fail."""
    kinds = (NoticeKind.RECOVERY,)
    message = Message(UUID(int=11), member_id, NoticeGroup.CODE, Way.MAIL, "en", None, kinds, NOW)
    content = Content("", "A code", None, "ada@library.example")
    code = Occurrence(member_id, NoticeKind.RECOVERY, UUID(int=12), NOW, secret={"code": "4711"})
    async with register.unit_of_work() as uow:
        await uow.notice_settings.put(NoticeSettings(mode=mode, version=1), now=NOW)
        await uow.notice_messages.add(message)
        await uow.suppressions.add("gone@library.example", reason="bounced", status="5.1.1", now=NOW)
        uow.notify(code)
        await uow.commit()
    async with register.unit_of_work() as uow:
        (claimed,) = await uow.notice_messages.claim([Way.MAIL], by=UUID(int=13), now=NOW, limit=9)
        claimed.note(Attempt(Outcome.ACCEPTED, Phase.DATA, 250), now=NOW)
        await uow.notice_messages.finish(claimed, by=UUID(int=13), content=content)
        await uow.notice_messages.note_attempt(claimed.id, Attempt(Outcome.ACCEPTED, Phase.DATA, 250), now=NOW)
        await uow.commit()


async def lived_in(register: Register) -> None:
    """Let all happen that leaves something behind."""
    terms = [CategoryTerms("adult", "Adult", 12), CategoryTerms("child", "Child", 12)]
    await register.membership.change_categories(PutCategories(terms, None))
    ada = await register.enrol(
        address=Address("12 St James's Square", city="London"), notes=(Note("Shouts."),), pin="4819",
        date_of_birth=date(1980, 12, 10), external_id="K-17", title="Lady", preferred_name="Countess",
        second_address=Address("Ockham Park"), other_phone="+44 1225 123456",
    )  # fmt: skip
    child = await register.enrol(
        email=None, category="child", guardians=[GuardianReference(MemberReference(ada.member_id), frozenset({"see"}))]
    )
    twice = await register.enrol(email=None, date_of_birth=date(1980, 12, 10))
    await register.membership.merge_members(Merge(twice.member_id, ada.member_id))
    await taken(register, {"external_id": "K-17", "language": "en"})
    await register.membership.block_member(PlaceBlock(child.member_id, Action.HOLD, "Wet books."))
    await _send_something(register, ada.member_id)
    await register.desk_messages.write(WriteMessage(ada.member_id, "Her glasses were found.", by="the desk"))
    async with register.unit_of_work() as uow:
        wants = Applicant(category="adult", email="eve@x.y", name="Eve")
        await uow.applications.add(Application(UUID(int=11), wants, NOW), token_hash=b"a digest")
        await uow.photos.put(Photo(ada.member_id, "image/jpeg", b"\xff\xd8\xff", NOW))
        await uow.commit()
    desk = an_account(email="desk@x.y", roles=frozenset({"toy-desk"}))
    desk.bounds = {"toy-desk": Bounds(frozenset({"EAST", "MAIN"}), NOW)}
    await register.keep(admin := an_admin(), desk)
    async with register.database.engine.begin() as connection:
        toys = {"name": "toy-desk", "title": "Toys", "rights": {"lend", "renew"}, "version": 1}
        await connection.execute(insert(roles).values(**toys))
    await register.keep(a_second_factor(admin.id))
    async with register.unit_of_work() as uow:
        await uow.passkeys.add(a_passkey(account_id=admin.id))
        await uow.commit()
    await _sign_in_elsewhere(register, desk.id)
    await _choose_words_and_ways(register, ada.member_id)
    profiles = SqlImportProfiles(register.database, import_profiles)
    await profiles.put(ImportProfile("old system", "members", "csv"), in_place_of=None)
    await have_figures(register.database, plumbing.cube)


async def test_what_leaves_and_comes_in_again_is_equal_to_the_letter(
    register: Register, other: Register, tmp_path: Path
) -> None:
    await lived_in(register)

    counts = await write_library(register.database, register.keys, tmp_path / "out", version="1", now=NOW)
    assert counts == await read_library(other.database, other.keys, tmp_path / "out")
    await write_library(other.database, other.keys, tmp_path / "again", version="1", now=NOW)

    assert [] == [table for table, count in counts.items() if not count]
    for name in ("manifest.json", *(f"{table.name}.jsonl" for table in TABLES)):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        assert 0o600 == (tmp_path / "out" / name).stat().st_mode & 0o777


async def test_notices_of_a_library_that_moves_go_on_in_shadow(
    register: Register, other: Register, tmp_path: Path
) -> None:
    ada = await register.enrol()
    await _send_something(register, ada.member_id, Mode.ON)
    await write_library(register.database, register.keys, tmp_path / "out", version="1", now=NOW)

    await read_library(other.database, other.keys, tmp_path / "out")

    async with other.unit_of_work() as uow:
        settings = await uow.notice_settings.current()
        suppressed = await uow.suppressions.among(["gone@library.example"])
        content = await uow.notice_messages.content_of(UUID(int=11))
        (pending,) = await uow.notices.pending_of([ada.member_id])
    assert (Mode.SHADOW, None) == (settings.mode, settings.on_since)
    assert {"gone@library.example": "bounced"} == suppressed
    assert ("A code", "ada@library.example") == (content and content.subject, content and content.address)
    assert {"code": "4711"} == pending.occurrence.secret


async def test_who_came_in_is_found_and_lives_on(register: Register, other: Register, tmp_path: Path) -> None:
    ada = await register.enrol(card_number="A1", phone="020 7946 0018", date_of_birth=date(1980, 12, 10), pin="4819")
    await write_library(register.database, register.keys, tmp_path / "out", version="1", now=NOW)
    await read_library(other.database, other.keys, tmp_path / "out")

    kim = await other.enrol(name="Lovelace, Ada", email=None, date_of_birth=date(1980, 12, 10))

    [(_, group)] = await other.membership.list_duplicates(limit=9, after=None)
    assert (ada.member_id, "hash of 4819") == await other.members.pin_of("a1")
    assert {ada.member_id, kim.member_id} == {one.member_id for one in group.members}
    by_phone = await other.members.members(MemberFilter(q="+442079460018"), today=TODAY, limit=9, after=None)
    assert [ada.member_id] == [one.member_id for one in by_phone]
    assert ada.email == (await other.members.member(ada.member_id, today=TODAY)).email


async def test_a_library_that_is_not_empty_and_a_folder_that_was_changed_take_nothing(
    register: Register, other: Register, tmp_path: Path
) -> None:
    await register.enrol()
    await write_library(register.database, register.keys, tmp_path / "out", version="1", now=NOW)

    with pytest.raises(DatabaseNotEmpty):
        await read_library(register.database, register.keys, tmp_path / "out")
    file = tmp_path / "out" / "members.jsonl"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"name": "Eve"}) + "\n")
    with pytest.raises(FolderUnusable, match="digest"):
        await read_library(other.database, other.keys, tmp_path / "out")
    with pytest.raises(FolderUnusable, match="no export"):
        await read_library(other.database, other.keys, tmp_path / "nowhere")
