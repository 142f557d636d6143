"""Conditions by which members are found, and the orders in which they are listed."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    intersect,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
    union,
)

from members_service.application.membership.standing.queries import stands_in_on
from members_service.application.membership.views import MemberFilter, MemberOrder
from members_service.domain.email import email_key
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.guardian import Permission
from members_service.domain.membership.name import words_of
from members_service.domain.membership.personal_details import searched_endings
from members_service.domain.membership.standing import Status
from members_service.domain.membership.traits import born_on, called, living_in, with_attribute
from members_service.domain.rights import SEE_CONTACTS
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.finding import phone_key, trait_key
from members_service.persistence.membership.tables import (
    card_finds,
    cards,
    guardians,
    member_phones,
    member_traits,
    member_words,
    members,
)
from members_service.persistence.sealed_email import email_digest
from shared.kernel.rights import is_authorised

_MOST_WORDS = 8  # of a search: more would only make it slower
_BEHIND_ALL_LETTERS = "\U0010ffff"
_NUMBER = re.compile(r"[1-9][0-9]{0,11}")
_PLACES = {MemberOrder.NAME: members.c.name, MemberOrder.EXPIRES_ON: members.c.expires_on}


def in_order(query: Select[Any], order: MemberOrder, *, after: Sequence[Any] | None) -> Select[Any]:
    """Return the query in this order, behind a position: the values by which the last member was sorted."""
    places = (*(place for place in (_PLACES.get(order),) if place is not None), members.c.member_id)
    query = query.order_by(*places)
    return query if after is None else query.where(tuple_(*places) > tuple_(*after))


def conditions(criteria: MemberFilter, keys: DataKeys, *, today: date, zone: tzinfo) -> list[ColumnElement[bool]]:
    """Return the SQL of a filter. Each part has an index of its own."""
    found: list[ColumnElement[bool]] = []
    if criteria.card_number is not None:
        by_card = select(cards.c.member_id).where(cards.c.card_key == card_key(criteria.card_number), card_finds)
        found.append(members.c.member_id.in_(by_card))
    if criteria.number is not None:
        found.append(members.c.number == criteria.number)
    if criteria.external_id is not None:
        found.append(members.c.external_id == criteria.external_id)
    if criteria.guardian_id is not None:
        found.append(members.c.member_id.in_(_wards_of(criteria.guardian_id)))
    if criteria.seen_by is not None:
        may_see = type_coerce(guardians.c.may, String).contains(Permission.SEE)
        found.append(members.c.member_id.in_(_wards_of(criteria.seen_by).where(may_see, stands_in_on(today))))
    if criteria.q is not None:
        found.append(members.c.member_id.in_(_matching(criteria.q, keys)))
    if criteria.category is not None:
        found.append(members.c.category == criteria.category)
    if criteria.status is not None:
        found.append(_has_status(Status(criteria.status), today))
    return [*found, *_by_traits(criteria, keys), *_by_membership(criteria, zone)]


def _by_traits(criteria: MemberFilter, keys: DataKeys) -> Iterator[ColumnElement[bool]]:
    traits = [] if criteria.date_of_birth is None else [born_on(criteria.date_of_birth)]
    traits += [] if criteria.city is None else [living_in(criteria.city)]
    traits += [with_attribute(name, value) for name, value in criteria.attributes]
    for trait in traits:
        having = select(member_traits.c.member_id).where(member_traits.c.key == trait_key(keys, trait))
        yield members.c.member_id.in_(having)
    if criteria.born_on is not None:
        keys_of_days = [trait_key(keys, born_on(day)) for day in criteria.born_on]
        yield members.c.member_id.in_(select(member_traits.c.member_id).where(member_traits.c.key.in_(keys_of_days)))


def _by_membership(criteria: MemberFilter, zone: tzinfo) -> Iterator[ColumnElement[bool]]:
    if criteria.home_branch is not None:
        yield members.c.home_branch.in_({criteria.home_branch, criteria.home_branch.upper()})
    if criteria.expires_before is not None:
        yield members.c.expires_on < criteria.expires_before
    if criteria.expires_from is not None:
        yield members.c.expires_on >= criteria.expires_from
    if criteria.not_active_since is not None:
        since = datetime.combine(criteria.not_active_since, time.min, zone)
        never = and_(members.c.active_at.is_(None), members.c.joined_at < since)  # a record from before this was noted
        yield or_(members.c.active_at < since, never)


def _matching(text: str, keys: DataKeys) -> CompoundSelect[Any]:
    """Select members by card number, number, e-mail address, telephone or beginnings of words of the name.

    Each part has an index of its own. Who may not see addresses and telephones is not told by them whose they are.
    """
    ways: list[Select[Any]] = [select(cards.c.member_id).where(cards.c.card_key == card_key(text), card_finds)]
    if is_authorised(SEE_CONTACTS):
        ways += _by_contacts(text, keys)
    if _NUMBER.fullmatch(digits := text.strip()):
        ways.append(select(members.c.member_id).where(members.c.number == int(digits)))
    if words := sorted(words_of(text), key=len, reverse=True)[:_MOST_WORDS]:
        all_words = intersect(*(_named(word, keys) for word in words)).subquery()
        ways.append(select(all_words.c.member_id))
    return union(*ways)


def _by_contacts(text: str, keys: DataKeys) -> Iterator[Select[Any]]:
    yield select(members.c.member_id).where(members.c.email_key == email_digest(keys, email_key(text)))
    if phones := [phone_key(keys, ending) for ending in searched_endings(text)]:
        yield select(member_phones.c.member_id).where(member_phones.c.key.in_(phones))


def _wards_of(guardian_id: UUID) -> Select[Any]:
    return select(guardians.c.member_id).where(guardians.c.guardian_id == guardian_id)


def _named(word: str, keys: DataKeys) -> Select[Any]:
    """Select members in whose name a word begins like this, or in whose preferred name, which is sealed, it is one."""
    begins = and_(member_words.c.word >= word, member_words.c.word < word + _BEHIND_ALL_LETTERS)
    is_called = member_traits.c.key == trait_key(keys, called(word))
    either = union(
        select(member_words.c.member_id).where(begins), select(member_traits.c.member_id).where(is_called)
    ).subquery()
    return select(either.c.member_id)


def _has_status(status: Status, today: date) -> ColumnElement[bool]:
    """Return the SQL of `Membership.status`."""
    leaving = members.c.leaving_since.is_not(None)
    suspended = and_(
        members.c.suspension_reason.is_not(None),
        or_(members.c.suspended_until.is_(None), members.c.suspended_until >= today),
    )
    expired = members.c.expires_on < today
    match status:
        case Status.LEAVING:
            return leaving
        case Status.SUSPENDED:
            return and_(not_(leaving), suspended)
        case Status.EXPIRED:
            return and_(not_(leaving), not_(suspended), expired)
        case Status.ACTIVE:
            return and_(not_(leaving), not_(suspended), not_(expired))
