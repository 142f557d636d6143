"""Rows by which members are found without unsealing: words of names, telephones, and likenesses of two records."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from members_service.domain.membership.likeness import likenesses as like_others
from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.name import words_of
from members_service.domain.membership.personal_details import endings_of
from members_service.domain.membership.traits import traits_of
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.sealed_details import DETAILS, open_details
from members_service.persistence.membership.tables import likenesses, member_phones, member_traits, member_words
from members_service.persistence.sealed_email import EMAIL, open_email

FOUND_BY = (member_words, member_phones, member_traits, likenesses)
"""The tables that are derived from the records of members."""

_BYTES = 16


ToFind = Mapping[Table, Sequence[dict[str, Any]]]


def rows_to_find(keys: DataKeys, member_id: UUID, record: MemberRecord) -> ToFind:
    """Return the rows by which a member is found, for each table of FOUND_BY."""
    details = record.details
    phones = sorted({one for phone in details.phones for one in endings_of(phone)})
    alike = {keys.digest(f"{kind}\n{text}", purpose="likeness")[:_BYTES]: kind for kind, text in like_others(record)}
    traits = sorted(trait_key(keys, trait) for trait in traits_of(details))
    return {
        member_words: [{"word": word, "member_id": member_id} for word in sorted(words_of(record.name))],
        member_phones: [{"key": phone_key(keys, ending), "member_id": member_id} for ending in phones],
        member_traits: [{"key": key, "member_id": member_id} for key in traits],
        likenesses: [{"key": key, "member_id": member_id, "kind": kind} for key, kind in alike.items()],
    }


def trait_key(keys: DataKeys, trait: str) -> bytes:
    """Return the digest for a trait."""
    return keys.digest(trait, purpose="trait")[:_BYTES]


def record_in(keys: DataKeys, row: Mapping[str, Any]) -> MemberRecord:
    """Return the record in a row of members, unsealed, as far as rows to find it are made from it."""
    owner, email = row["member_id"], row[EMAIL]
    return MemberRecord(
        name=row["name"],
        category=row["category"],
        expires_on=row["expires_on"],
        email=None if email is None else open_email(keys, email, owner=owner),
        details=open_details(keys, row[DETAILS], owner=owner),
    )


def phone_key(keys: DataKeys, ending: str) -> bytes:
    """Return the digest for the ending of a telephone number."""
    return keys.digest(ending, purpose="phone")[:_BYTES]
