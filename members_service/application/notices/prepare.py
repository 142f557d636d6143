"""Make messages ready to go out: what still holds of them, to whom they go, and in which words."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol
from uuid import UUID

from members_service.application.notices.contexts import KnownThings, contexts_of
from members_service.application.notices.ports import Catalogue, Lending
from members_service.application.notices.queries import NoticeQueries, RecipientQueries
from members_service.application.notices.recipients import Recipient, written_to
from members_service.application.notices.rendering.context import Links, NoticeContext
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.circulation import TO_FETCH, Circulation, question_about, still_holds
from members_service.domain.notices.kinds import TO_ONE_ADDRESS, NoticeClass, NoticeKind
from members_service.domain.notices.message import Message, Way
from members_service.domain.notices.notice import Notice, NoticeState, Why
from members_service.domain.notices.notice_settings import NoticeSettings
from members_service.domain.notices.template import InvalidTemplate, Rendered, TemplateNotFound, languages_to_try
from shared.kernel.clock import Clock

_FETCHED_FROM = time(8)
UnsubscribeLink = Callable[[UUID, Message, NoticeSettings], str | None]
"""Makes the address under which a member does away with notices like those of a message."""


Reasons = Callable[[str, Sequence[str]], str]
"""Puts the code of why something was not done into words, in the first of some languages that it knows."""


class Words(Protocol):
    """Puts notices into words."""

    async def __call__(
        self, contexts: Sequence[NoticeContext], way: Way, language: str | None, branch: str | None, *, default: str
    ) -> Rendered:
        """Return the message in words. Raises TemplateNotFound or InvalidTemplate."""
        ...


TRUE_FOR = timedelta(seconds=3)
"""How long an answer of lending counts. A message that waited longer for others is asked about once more."""


@dataclass(slots=True)
class Prepared:
    """A message as it would go out now. Without `rendered` it does not: `why` not, or `wait_until` when it will.

    `asked_at` is when lending was asked whether it holds.
    """

    message: Message
    asked_at: datetime
    notices: list[Notice] = field(default_factory=list)
    ended: list[Notice] = field(default_factory=list)
    recipient: Recipient | None = None
    address: str | None = None
    rendered: Rendered | None = None
    unsubscribe_url: str | None = None
    why: Why | None = None
    wait_until: datetime | None = None
    zone: tzinfo | None = None

    def go_another_way(self) -> None:
        """Let what it says be told anew, by the next way that reaches whoever it is for."""
        for one in self.notices:
            one.state, one.message_id = NoticeState.PENDING, None
        self.ended.extend(self.notices)
        self.notices, self.rendered, self.why = [], None, Why.NEXT_WAY


@dataclass(frozen=True, slots=True)
class PrepareMessages:
    """Say of a few messages what would go out now.

    One question to lending, for all of them, decides what still holds; who reads it and where it goes is looked up
    anew, for an address may have changed since. Nothing that says "fetch it" goes out while the branch is closed, by
    its own clock.
    """

    notices: NoticeQueries
    recipients: RecipientQueries
    lending: Lending
    catalogue: Catalogue
    render: Words
    reason: Reasons
    unsubscribe_link: UnsubscribeLink
    clock: Clock
    zone: tzinfo

    async def __call__(self, messages: Sequence[Message], settings: NoticeSettings) -> list[Prepared]:
        """Raise NeighbourUnavailable when lending or the catalogue does not answer and is needed."""
        now = self.clock.now()
        notices = await self.notices.of_messages([one.id for one in messages])
        question = question_about(notices, (one.branch for one in messages))
        circulation = await self.lending.circulation(question) if question else Circulation()
        prepared = [self._sorted_out(one, notices, circulation, now) for one in messages]
        going = [one for each in prepared for one in each.notices]
        ids = {one.member_id for one in messages} | {one.occurrence.member_id for one in going}
        people = await self.recipients.recipients(ids, today=day_in(self.zone, at=now))
        for each in prepared:
            _leave_out(each, people, settings, day_in(self.zone, at=now))
        known = await self._known(going, circulation, people)
        for each in prepared:
            if each.why is None and each.wait_until is None:
                await self._word(each, known, settings, now)
        return prepared

    async def still_holds(self, one: Prepared) -> bool:
        """Return whether all that a message says is still true. Raises NeighbourUnavailable."""
        now = self.clock.now()
        if now - one.asked_at <= TRUE_FOR:
            return True
        question = question_about(one.notices)
        circulation = await self.lending.circulation(question) if question else Circulation()
        holds = all(not each.is_too_late(now) and still_holds(each, circulation) for each in one.notices)
        return holds and self._opening(one.notices, circulation) is None

    def _sorted_out(
        self, message: Message, notices: Iterable[Notice], circulation: Circulation, now: datetime
    ) -> Prepared:
        found = Prepared(message, now, zone=circulation.zone_of(message.branch, otherwise=self.zone))
        for one in notices:
            if one.message_id != message.id:
                continue
            why = Why.TOO_LATE if one.is_too_late(now) else None if still_holds(one, circulation) else Why.OVER
            if why is None:
                found.notices.append(one)
            else:
                one.end(NoticeState.OBSOLETE, why)
                found.ended.append(one)
        if not found.notices:
            found.why = found.ended[0].why if found.ended else Why.OVER
        else:
            found.wait_until = self._opening(found.notices, circulation)
        return found

    def _opening(self, notices: Iterable[Notice], circulation: Circulation) -> datetime | None:
        """Return when the branch opens again, if something is to be fetched there and it is closed today."""
        codes = {one.occurrence.branch for one in notices if one.kind in TO_FETCH}
        for code in codes:
            hours = None if code is None else circulation.branches.get(code)
            if hours is not None and hours.hours_today is None and hours.next_open_day is not None:
                return datetime.combine(
                    hours.next_open_day, _FETCHED_FROM, circulation.zone_of(code, otherwise=self.zone)
                )
        return None

    async def _known(
        self, going: Sequence[Notice], circulation: Circulation, people: Mapping[UUID, Recipient]
    ) -> KnownThings:
        books = {UUID(one.occurrence.facts["book_id"]) for one in going if "book_id" in one.occurrence.facts}
        copies = {UUID(one.occurrence.facts["copy_id"]) for one in going if "copy_id" in one.occurrence.facts}
        catalogue = self.catalogue
        if not books and not copies and not circulation.branches:
            return KnownThings(circulation, {}, {}, {}, people)
        found = await asyncio.gather(catalogue.titles(books), catalogue.copies(copies), catalogue.branches())
        return KnownThings(circulation, *found, people)

    async def _word(self, each: Prepared, known: KnownThings, settings: NoticeSettings, now: datetime) -> None:
        message = each.message
        each.recipient = known.people.get(message.member_id)
        each.address = _address(each)
        if each.recipient is None and (each.address is None or message.way is Way.LETTER):
            each.why = Why.MEMBER_GONE
            return
        if not _is_reached(each):
            if message.group in TO_ONE_ADDRESS:
                each.why = Why.NO_ADDRESS
            else:
                each.go_another_way()
            return
        if message.notice_class is NoticeClass.COURTESY:
            each.unsubscribe_url = self.unsubscribe_link(message.member_id, message, settings)
        links = Links(account=settings.public_url, unsubscribe=each.unsubscribe_url)
        tongues = languages_to_try(message.language, default=settings.default_language)
        contexts = contexts_of(
            message,
            each.notices,
            known,
            settings,
            links=links,
            reason=lambda code: self.reason(code, tongues),
            now=now,
            zone=self.zone,
        )
        try:
            each.rendered = await self.render(
                contexts, message.way, message.language, message.branch, default=settings.default_language
            )
        except (TemplateNotFound, InvalidTemplate):
            each.why = Why.CANNOT_RENDER


def _leave_out(each: Prepared, people: Mapping[UUID, Recipient], settings: NoticeSettings, today: date) -> None:
    """Take out what somebody else is written to for by now, to be told anew, and what is not true any more."""
    staying: list[Notice] = []
    for one in each.notices:
        member_id = one.occurrence.member_id
        to = written_to(member_id, people, settings, today)
        person = people.get(to)
        if one.kind.group not in TO_ONE_ADDRESS and each.message.member_id != (
            to if person is None else person.member_id
        ):
            one.state, one.message_id = NoticeState.PENDING, None
            each.ended.append(one)
        elif one.kind is NoticeKind.MEMBERSHIP_ENDS and not _ends_as_written(one, people.get(member_id)):
            one.end(NoticeState.OBSOLETE, Why.OVER)
            each.ended.append(one)
        else:
            staying.append(one)
    if each.notices and not staying:
        each.why, each.wait_until = each.ended[-1].why or Why.NEXT_WAY, None
    each.notices = staying


def _ends_as_written(notice: Notice, person: Recipient | None) -> bool:
    written = notice.occurrence.facts.get("ends_on")
    ends_on = None if person is None else person.expires_on
    return written is None or (ends_on is not None and ends_on.isoformat() == written)


def _is_reached(each: Prepared) -> bool:
    """Whether whoever it is for still has an address for the way of the message."""
    if each.message.way is Way.LETTER:
        return each.recipient is not None and each.recipient.address is not None
    return each.address is not None


def _address(each: Prepared) -> str | None:
    """Return where it goes: a warning to the former address, anything else to that of today."""
    secret = each.notices[0].occurrence.secret
    if secret is not None and "to" in secret:
        return secret["to"]
    if each.recipient is None:
        return None
    return {Way.MAIL: each.recipient.email, Way.PUSH: each.recipient.telephone}.get(each.message.way)
