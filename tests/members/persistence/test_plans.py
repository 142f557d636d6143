"""What the questions cost that are asked all day: one statement each, and no table is read through."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from members_service.application.identity.sessions.queries import SessionQueries
from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.standing.queries import StandingQueries
from members_service.application.membership.views import MemberFilter, MemberOrder
from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.queries import AuditQueries
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import map_model
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.members.makers import NOW, TODAY
from tests.servers import PostgresServer
from tests.statements import plans_made, told_to_driver

MANY = 10_000
FILL = f"""
    INSERT INTO members (member_id, name, email, email_key, category, expires_on, details, joined_at, active_at,
                         version)
    SELECT gen_random_uuid(), 'Name', 'sealed', n, 'adult', '2027-01-01', 'sealed', now(), now(), 1
    FROM generate_series(1, {MANY}) AS n;
    INSERT INTO cards (card_key, card_number, member_id, issued_at)
    SELECT email_key, email_key, member_id, now() FROM members;
    INSERT INTO member_words (word, member_id) SELECT 'ada', member_id FROM members WHERE email_key LIKE '%7';
    INSERT INTO member_words (word, member_id) SELECT 'word' || email_key, member_id FROM members;
    INSERT INTO member_phones (key, member_id) SELECT decode(md5(email_key), 'hex'), member_id FROM members;
    INSERT INTO member_traits (key, member_id) SELECT decode(md5(email_key), 'hex'), member_id FROM members;
    INSERT INTO blocks (block_id, member_id, action, reason, placed_at)
    SELECT gen_random_uuid(), member_id, 'hold', 'Wet.', now() FROM members;
    INSERT INTO desk_messages (message_id, member_id, text, written_at, done_at)
    SELECT gen_random_uuid(), member_id, 'sealed', now(), now() FROM members;
    INSERT INTO history_entries (happening_id, member_id, what, at, facts)
    SELECT gen_random_uuid(), member_id, 'joined', now(), '{{}}' FROM members;
    INSERT INTO audit_records (record_id, action, at, by, account_id, member_id, facts)
    SELECT gen_random_uuid(), 'signed-in', now(), member_id, member_id, member_id, '{{}}' FROM members;
    INSERT INTO guardians (member_id, guardian_id, may, since)
    SELECT member_id, member_id, 'see', now() FROM members;
    INSERT INTO merged_members (member_id, "into", merged_at) SELECT gen_random_uuid(), member_id, now() FROM members;
    INSERT INTO accounts (account_id, email, email_key, roles, member_id, disabled, created_at, version)
    SELECT member_id, 'sealed', email_key, 'member', member_id, false, now(), 1 FROM members WHERE email_key LIKE '%77';
    INSERT INTO sessions (session_id, sid, account_id, client_id, digest, refreshed_at, started_at, ends_at, idle_until,
                          version)
    SELECT gen_random_uuid(), account_id || n::text, account_id, 'library', '', now(), now() - n * interval '1 minute',
           now() + interval '60 days', now() + interval '14 days', 1
    FROM accounts, generate_series(1, CASE email_key WHEN '77' THEN 5000 ELSE 2 END) AS n
"""


@pytest.fixture(scope="module")
async def crowded(postgres_server: PostgresServer) -> AsyncIterator[Database]:
    """A register with ten thousand members."""
    map_model()
    database = Database(postgres_server.create_database("crowded"), command_timeout=600)
    await migrate(database, "members_service")
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in FILL.split(";"):
            await connection.execute(text(statement))
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SET statement_timeout = 0"))
        await connection.execute(text("ANALYZE"))
    yield database
    await database.dispose()
    postgres_server.drop_database("crowded")


async def plan_of(database: Database, ask: Callable[[], Awaitable[object]]) -> str:
    """Return how PostgreSQL answers the one or two statements that `ask` sends."""
    async with told_to_driver(database) as told:
        await ask()
    sent = told.asked_inside
    assert len(sent) in (1, 2)
    async with database.engine.connect() as connection:
        plans = [await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters) for statement, parameters in sent]
        return "\n".join(row[0] for plan in plans for row in plan)


async def somebody(database: Database) -> UUID:
    found: UUID = (await database.first(text("SELECT member_id FROM cards WHERE card_key = '17'")))[0]
    return found


async def test_standing_is_one_statement_that_reads_no_table_through(
    crowded: Database, keys: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StandingQueries, "_standing_of", lambda *_: None)  # there is nothing to open in these rows
    views, member_id = StandingQueries(crowded, keys), await somebody(crowded)

    for asked in (MemberReference(card_number="17"), MemberReference(member_id)):
        plan = await plan_of(crowded, lambda asked=asked: views.membership(asked, today=TODAY))  # type: ignore[misc] # a lambda

        assert "Seq Scan" not in plan, plan
        assert plan.count("Index") >= 2, plan


async def test_a_hundred_standings_are_one_statement_that_reads_no_table_through(
    crowded: Database, keys: DataKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StandingQueries, "_standing_of", lambda *_: None)  # there is nothing to open in these rows
    views, member_id = StandingQueries(crowded, keys), await somebody(crowded)
    named = [MemberReference(card_number=str(number)) for number in range(99)]

    for asked in (named, [MemberReference(member_id)], [*named, MemberReference(member_id)]):
        plan = await plan_of(crowded, lambda asked=asked: views.memberships(asked, today=TODAY))  # type: ignore[misc] # a lambda

        assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("cards", [["17"], ["17", "18"]])
async def test_standing_is_not_planned_for_each_time(
    crowded: Database, keys: DataKeys, monkeypatch: pytest.MonkeyPatch, cards: list[str]
) -> None:
    monkeypatch.setattr(StandingQueries, "_standing_of", lambda *_: None)  # there is nothing to open in these rows
    views, named = StandingQueries(crowded, keys), [MemberReference(card_number=card) for card in cards]

    assert await plans_made(crowded, lambda: views.memberships(named, today=TODAY), times=20) <= 5


async def test_nobodys_standing_costs_no_more(crowded: Database, keys: DataKeys) -> None:
    async def ask() -> None:
        with pytest.raises(MemberNotFound):
            await StandingQueries(crowded, keys).membership(MemberReference(member_id=new_id()), today=TODAY)

    assert "Seq Scan" not in await plan_of(crowded, ask)


async def test_a_page_of_an_account_s_many_sessions_is_read_in_order_by_their_index(
    crowded: Database, keys: DataKeys
) -> None:
    async with crowded.reading() as connection:
        account_id = (
            await connection.execute(text("SELECT account_id FROM accounts WHERE email_key = '77'"))
        ).scalar_one()

    async def ask() -> None:
        found = await SessionQueries(crowded, keys).open_of(
            account_id, now=NOW, limit=21, before=(datetime.now(UTC), "x")
        )
        assert 21 == len(found)

    plan = await plan_of(crowded, ask)

    assert "ix_sessions_open" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.parametrize("q", ["word17", "word1 ada", "17", "name@library.example", "+44 20 7946 0018"])
async def test_a_search_reads_no_table_through(crowded: Database, keys: DataKeys, q: str) -> None:
    async def ask() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemberQueries, "_member", lambda *_: None)  # there is nothing to open in these rows
            await MemberQueries(crowded, keys).members(MemberFilter(q=q), today=TODAY, limit=21, after=None)

    plan = await plan_of(crowded, ask)

    assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize(
    "wanted",
    [
        MemberFilter(date_of_birth=TODAY, city="Wien", attributes=(("class", "4b"),)),
        MemberFilter(home_branch="EAST"),
        MemberFilter(expires_before=date(2026, 1, 1), sort=MemberOrder.EXPIRES_ON),
        MemberFilter(sort=MemberOrder.NAME),
        MemberFilter(not_active_since=TODAY),
    ],
    ids=["traits", "branch", "end", "name", "activity"],
)
async def test_a_page_of_members_reads_no_table_through(
    crowded: Database, keys: DataKeys, wanted: MemberFilter
) -> None:
    after = await somebody(crowded)
    place = {MemberOrder.NAME: ("Name",), MemberOrder.EXPIRES_ON: (date(2025, 1, 1),)}.get(wanted.sort, ())

    async def ask() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemberQueries, "_member", lambda *_: None)  # there is nothing to open in these rows
            await MemberQueries(crowded, keys).members(wanted, today=TODAY, limit=21, after=(*place, after))

    plan = await plan_of(crowded, ask)

    assert "Seq Scan on members" not in plan, plan
    assert "Seq Scan on member_traits" not in plan, plan


async def test_lists_of_what_happened_read_no_table_through(crowded: Database, keys: DataKeys) -> None:
    member_id = await somebody(crowded)
    trail = AuditQueries(crowded)

    async def history() -> None:
        await MemberQueries(crowded, keys).history(member_id, limit=21, before=None)

    async def newest() -> None:
        await trail.records(AuditFilter(), limit=21, before=(NOW, member_id))

    async def about() -> None:
        await trail.records(AuditFilter(about=(member_id,)), limit=None, before=None)

    async def by() -> None:
        await trail.records(AuditFilter(by=str(member_id), action="signed-in"), limit=21, before=None)

    for ask in (history, newest, about, by):
        plan = await plan_of(crowded, ask)
        assert "Seq Scan" not in plan, plan


async def test_the_look_at_all_who_have_guardians_reads_no_table_through(crowded: Database, keys: DataKeys) -> None:
    first = UUID(int=0)

    async def wards() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemberQueries, "_ward", lambda *_: None)  # there is nothing to open in these rows
            assert 5 == len(await MemberQueries(crowded, keys).wards(limit=5, after=first))

    plan = await plan_of(crowded, wards)

    assert "Seq Scan" not in plan, plan
