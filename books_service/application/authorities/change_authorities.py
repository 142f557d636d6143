"""Add, correct and merge authorities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.authorities.views import AuthorityView
from books_service.domain.authorities.authority import (
    Authority,
    AuthorityMerged,
    AuthorityNotFound,
    AuthorityRecord,
    HeadingTaken,
    InvalidKind,
    InvalidUri,
    KindsDiffer,
    MergedWithItself,
    TooManyForms,
)
from books_service.domain.authorities.heading import InvalidHeading
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """The fields of an AuthorityRecord, unchecked, and who adds it."""

    fields: Mapping[str, Any]
    by: str | None = None


@refuses(HeadingTaken, InvalidHeading, InvalidKind, InvalidUri, TooManyForms)
@dataclass(frozen=True, slots=True)
class AddAuthority:
    """Add a person, a body or a subject under a heading.

    - A heading that another authority of the kind has, whatever its accents, case and punctuation, is refused, naming
      that one.
    - Books that bear the heading in another writing, or one of the other forms (`see_from`), get the heading within
      seconds, and so does every book that is entered with one of them later. Another form corrects nothing while it is
      the heading of another authority, or a form that several share.
    - A book is found by the other forms of the headings that it bears.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: NewAuthority, receipt: Receipt | None = None) -> AuthorityView:
        record = AuthorityRecord.of(**command.fields)
        async with self.unit_of_work(receipt) as uow:
            await _refuse_taken(uow, record)
            authority = Authority(id=new_id(), record=record, now=self.clock.now(), by=command.by)
            uow.authorities.add(authority)
            view = AuthorityView.of(authority, correcting=True)
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class AuthorityRevision:
    """The fields that change; None empties a list. `version` is the one that the caller has seen; None: any."""

    authority_id: UUID
    version: int | None
    fields: Mapping[str, Any]
    by: str | None = None


@refuses(
    AuthorityNotFound, AuthorityMerged, HeadingTaken, InvalidHeading, InvalidKind, InvalidUri, TooManyForms, OutOfDate
)
@dataclass(frozen=True, slots=True)
class ReviseAuthority:
    """Correct an authority; all its books get the new heading within seconds, and are found by the new forms.

    - A heading that is replaced becomes another form, unless `see_from` is given with it.
    - Each book that changes has it in its history, as done by who corrected the heading; harvesters and listeners hear
      of it. While `correcting` is true, some are still to come, whatever crashes.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: AuthorityRevision) -> AuthorityView:
        async with self.unit_of_work() as uow:
            (authority,) = await uow.authorities.get(command.authority_id)
            refuse_if_stale(command.version, authority.version, thing="authority")
            record = authority.record.with_changes(command.fields)
            if (record.key, record.kind) != (authority.heading_key, authority.record.kind):
                await _refuse_taken(uow, record)
            correcting = not record.leads_like(authority.record) or await uow.corrections.is_queued(authority.id)
            authority.revise(record, now=self.clock.now(), by=command.by)
            view = AuthorityView.of(authority, correcting=correcting)
            await uow.commit()
        return view


@dataclass(frozen=True, slots=True)
class AuthorityMerger:
    """`authority_id` goes, `into` stays."""

    authority_id: UUID
    into: UUID
    by: str | None = None


@refuses(AuthorityNotFound, AuthorityMerged, MergedWithItself, KindsDiffer, TooManyForms, OutOfDate)
@dataclass(frozen=True, slots=True)
class MergeAuthorities:
    """Merge an authority into another one, because both are the same; answers the one that stays.

    - Its heading and its other forms lead to the other one, which takes over its URIs; its books get that heading.
    - It is gone from now on: `authority-merged` says by `into` which one is in its place. Its history stays readable.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: AuthorityMerger, receipt: Receipt | None = None) -> AuthorityView:
        if command.into == command.authority_id:
            raise MergedWithItself
        async with self.unit_of_work(receipt) as uow:
            authority, other = await uow.authorities.get(command.authority_id, command.into)
            authority.merge_into(other, now=self.clock.now(), by=command.by)
            await uow.authorities.merge(authority, other)
            view = AuthorityView.of(other, correcting=True)
            await uow.commit(answer=view)
        return view


async def _refuse_taken(uow: UnitOfWork, record: AuthorityRecord) -> None:
    """Raises HeadingTaken."""
    taken = await uow.authorities.id_of(record.kind, record.key)
    if taken is not None:
        raise HeadingTaken(authority_id=taken)
