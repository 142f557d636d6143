"""Export and import of everything that the service stores, as files.

What is sealed in the database is plain in the files, so that another library can seal it under keys of its own; hashes
of passwords and PINs stay hashes. Left out are sessions, tokens, tries to sign in, receipts, the outbox, pending
imports, and what can be derived from the rest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from members_service.domain.email import Email
from members_service.domain.notices.notice_settings import figures_in_shadow
from members_service.persistence.audit_tables import audit_records
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.passkeys import NAME
from members_service.persistence.identity.providers import CLIENT_SECRET, SUBJECT, subject_key
from members_service.persistence.identity.second_factors import SECRET
from members_service.persistence.identity.tables import (
    accounts,
    foreign_identities,
    grants,
    identity_providers,
    passkeys,
    roles,
    second_factors,
)
from members_service.persistence.membership.applications import APPLICANT
from members_service.persistence.membership.desk_messages import TEXT
from members_service.persistence.membership.finding import FOUND_BY, record_in, rows_to_find
from members_service.persistence.membership.photos import PICTURE
from members_service.persistence.membership.sealed_details import DETAILS
from members_service.persistence.membership.tables import (
    applications,
    blocks,
    cards,
    category_tables,
    desk_messages,
    guardians,
    history_entries,
    import_profiles,
    imported_records,
    members,
    merged_members,
    photos,
)
from members_service.persistence.notices.addresses import ADDRESS
from members_service.persistence.notices.letters import letter_batches, letters
from members_service.persistence.notices.messages import CONTENT, address_digest, plain_content
from members_service.persistence.notices.notices import SECRET as NOTICE_SECRET
from members_service.persistence.notices.preferences import notice_defaults, notice_preferences
from members_service.persistence.notices.tables import (
    notice_attempts,
    notice_messages,
    notice_settings,
    notices,
    suppressions,
)
from members_service.persistence.notices.templates import notice_templates
from members_service.persistence.schema import plumbing
from members_service.persistence.sealed_email import EMAIL, email_digest
from members_service.persistence.types import Words
from shared.persistence.database import Database
from shared.persistence.whole_tables import DatabaseNotEmpty, Row, WholeTables, plain, typed

TABLES = (
    *(
        category_tables,
        members,
        cards,
        blocks,
        guardians,
        desk_messages,
        photos,
        applications,
        merged_members,
        history_entries,
    ),
    *(roles, accounts, grants, second_factors, passkeys, identity_providers, foreign_identities),
    *(audit_records, imported_records, import_profiles),
    *(notice_settings, suppressions, notice_messages, notice_attempts, notices),
    *(notice_templates, notice_preferences, notice_defaults, letter_batches, letters),
)
"""In an order in which each refers only to those before it."""

_SEALED: Mapping[str, tuple[str, ...]] = {
    "members": (EMAIL, DETAILS),
    "accounts": (EMAIL,),
    "second_factors": (SECRET,),
    "passkeys": (NAME,),
    "imported_records": (SECRET,),
    "desk_messages": (TEXT,),
    "photos": (PICTURE,),
    "applications": (APPLICANT,),
    "identity_providers": (CLIENT_SECRET,),
    "foreign_identities": (SUBJECT,),
    "suppressions": (ADDRESS,),
    "notice_messages": (CONTENT,),
    "notices": (NOTICE_SECRET,),
}
_DIGEST, _SUBJECT_KEY, ADDRESS_KEY = "email_key", "subject_key", "address_key"


async def write_library(
    database: Database, keys: DataKeys, folder: Path, *, version: str, now: datetime
) -> dict[str, int]:
    """Write everything into a new folder; return how many rows of each table. Raises FolderUnusable."""
    return await _everything(keys).write(database, folder, version=version, now=now)


async def read_library(database: Database, keys: DataKeys, folder: Path) -> dict[str, int]:
    """Import everything into an empty library; return how many rows of each table.

    It is all or nothing. Raises DatabaseNotEmpty or FolderUnusable.
    """
    async with database.engine.begin() as connection:
        for table in (members, accounts):
            if (await connection.execute(select(table).limit(1))).first() is not None:
                raise DatabaseNotEmpty
        return await _everything(keys).fill(connection, folder)


def _everything(keys: DataKeys) -> WholeTables:
    sealing = _Sealing(keys)
    return WholeTables(
        "members", TABLES, plumbing.outbox, plumbing.cube, sealing.opened, sealing.sealed, sealing.derive
    )


@dataclass(frozen=True, slots=True)
class _Sealing:
    """Opens what is sealed on its way out, and seals it on its way in."""

    keys: DataKeys

    def opened(self, table: Table, row: Row) -> Row:
        owner = next(iter(row.values()))
        opened = {name: value for name, value in row.items() if name not in (_DIGEST, _SUBJECT_KEY, ADDRESS_KEY)}
        for name in _SEALED.get(table.name, ()):
            if opened[name] is not None:
                opened[name] = self.keys.open(opened[name], owner=owner, field=name)
        if DETAILS in opened:
            opened[DETAILS] = json.loads(opened[DETAILS])
        return plain(opened)

    def sealed(self, table: Table, plain_row: Row) -> Row:
        row = typed(table, plain_row)
        row |= {name: frozenset(plain_row[name]) for name in plain_row if isinstance(table.c[name].type, Words)}
        owner = row[next(iter(table.primary_key.columns)).name]
        if table is foreign_identities:
            row[_SUBJECT_KEY] = subject_key(self.keys, row["issuer"], row[SUBJECT])
        if ADDRESS_KEY in table.c:
            address = row.get(ADDRESS) or (plain_content(row[CONTENT]).address if row.get(CONTENT) else None)
            row[ADDRESS_KEY] = None if address is None else address_digest(self.keys, address)
        if table is notice_settings:  # in another library nothing goes out before somebody releases it
            row["document"] = figures_in_shadow(row["document"])
        if DETAILS in row:
            row[DETAILS] = json.dumps(row[DETAILS], ensure_ascii=False)
        for name in _SEALED.get(table.name, ()):
            if name == EMAIL:
                row[_DIGEST] = None if row[name] is None else email_digest(self.keys, Email.parse(row[name]).key)
            row[name] = None if row[name] is None else self.keys.seal(row[name], owner=owner, field=name)
        return row

    async def derive(self, connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
        """Insert the rows by which members are found."""
        if table is not members:
            return
        filed = [rows_to_find(self.keys, row["member_id"], record_in(self.keys, row)) for row in rows]
        for derived in FOUND_BY:
            if theirs := [one for found in filed for one in found[derived]]:
                await connection.execute(insert(derived), theirs)
