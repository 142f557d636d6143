"""What is known of the notices of a message, as the templates see it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.notices.ports import BranchPlace, CopyNow, TitleNow
from members_service.application.notices.recipients import Recipient
from members_service.application.notices.rendering.context import (
    About,
    BranchFacts,
    Changed,
    Item,
    LibraryFacts,
    Links,
    NoticeContext,
    Reader,
)
from members_service.domain.notices.circulation import Circulation
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Message
from members_service.domain.notices.notice import Notice
from members_service.domain.notices.notice_settings import NoticeSettings

_LAST_SECOND = time(23, 59, 59)
_UNKNOWN_TITLE = "—"


@dataclass(frozen=True, slots=True)
class KnownThings:
    """What the neighbours said of all that a few messages are about."""

    circulation: Circulation
    titles: Mapping[UUID, TitleNow]
    copies: Mapping[UUID, CopyNow]
    branches: Mapping[str, BranchPlace]
    people: Mapping[UUID, Recipient]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    known: KnownThings
    reason: Callable[[str], str]
    now: datetime
    zone: tzinfo

    def zone_of(self, notice: Notice) -> tzinfo:
        """Return the zone of the branch that a notice comes from."""
        return self.known.circulation.zone_of(notice.occurrence.branch, otherwise=self.zone)


def contexts_of(
    message: Message,
    notices: Sequence[Notice],
    known: KnownThings,
    settings: NoticeSettings,
    *,
    links: Links,
    reason: Callable[[str], str],
    now: datetime,
    zone: tzinfo,
) -> list[NoticeContext]:
    """Return one context for each kind and each person that the message is about.

    `reason` puts codes into words; `zone` is that of the library, for what comes from no branch.
    """
    surroundings = _Surroundings(known, reason, now, zone)
    reader = _reader(known.people.get(message.member_id), message.language)
    library = LibraryFacts(settings.library_name, settings.public_url)
    return [
        NoticeContext(
            kind=kind,
            reader=reader,
            library=library,
            about=_about(about, message, known),
            branch=_branch(message.branch or several[0].occurrence.branch, known),
            items=tuple(_items(several, surroundings)),
            stage=_latest(several).occurrence.stage or None,
            stages=_latest(several).occurrence.facts.get("stages"),
            amount=sum(_amounts(several, known.circulation)) or None,
            currency=next((one.occurrence.facts["currency"] for one in several if _has(one, "currency")), "EUR"),
            receipt=", ".join(dict.fromkeys(one.occurrence.facts["receipt"] for one in several if _has(one, "receipt")))
            or None,
            credit=any(_has(one, "credit") for one in several),
            changed=_changed(several, surroundings),
            links=links,
            code=(several[0].occurrence.secret or {}).get("code"),
        )
        for (kind, about, _), several in _sections(notices).items()
    ]


def _sections(notices: Iterable[Notice]) -> dict[tuple[NoticeKind, UUID, bool], list[Notice]]:
    """Return what is said together: of one kind, about one person; money that was handed over apart from credit."""
    found: dict[tuple[NoticeKind, UUID, bool], list[Notice]] = {}
    for one in sorted(notices, key=lambda each: (each.occurrence.member_id, each.kind, each.occurrence.at)):
        found.setdefault((one.kind, one.occurrence.member_id, _has(one, "credit")), []).append(one)
    return found


def _latest(several: Iterable[Notice]) -> Notice:
    """Return the one of the highest stage; of several like it the one that is nearest to its last."""
    return max(several, key=lambda one: (one.occurrence.stage, -one.occurrence.facts.get("stages", 0)))


def _reader(person: Recipient | None, language: str) -> Reader:
    if person is None:
        return Reader("", language=language)
    return Reader(person.given_name, person.details.family_name, language, person.expires_on)


def _about(member_id: UUID, message: Message, known: KnownThings) -> About | None:
    person = known.people.get(member_id)
    return None if person is None or person.member_id == message.member_id else About(person.given_name)


def _branch(code: str | None, known: KnownThings) -> BranchFacts | None:
    if code is None:
        return None
    place, hours = known.branches.get(code.upper()), known.circulation.branches.get(code)
    today, next_day = (None, None) if hours is None else (hours.hours_today or None, hours.next_open_day)
    if place is None:
        return BranchFacts(code, hours_today=today, next_open_day=next_day)
    return BranchFacts(place.name, place.address, place.phone, place.mail, today, next_day)


def _items(several: Iterable[Notice], around: _Surroundings) -> Iterable[Item]:
    known, now = around.known, around.now
    for one in several:
        facts, zone = one.occurrence.facts, around.zone_of(one)
        if "book_id" not in facts:
            continue
        title = known.titles.get(UUID(facts["book_id"]))
        copy = known.copies.get(UUID(facts["copy_id"])) if "copy_id" in facts else None
        due, until = _moment(facts.get("due_at")), _moment(facts.get("fetch_until"))
        loan = known.circulation.loans.get(one.occurrence.subject_id)
        late = 0 if due is None else (now.astimezone(zone).date() - due.astimezone(zone).date()).days
        yield Item(
            title=_UNKNOWN_TITLE if title is None else title.title,
            author=None if title is None else title.author,
            barcode=None if copy is None else copy.barcode,
            shelf_mark=None if copy is None else copy.shelf_mark,
            volume=facts.get("volume") or (None if copy is None else copy.volume),
            due=None if due is None else day_of(due, zone),
            days_late=late if late > 0 else None,
            renewable=None if loan is None else loan.renewable,
            why_not=around.reason(facts["why_not"]) if "why_not" in facts else None,
            waiting=facts.get("waiting"),
            fetch_until=None if until is None else until.astimezone(zone).date(),
            fine=None if loan is None else loan.owed or None,
        )


def _changed(several: Sequence[Notice], around: _Surroundings) -> Changed | None:
    zone = around.zone_of(several[0])
    facts: Mapping[str, Any] = several[0].occurrence.facts
    match several[0].kind:
        case NoticeKind.DUE_DATE_CHANGED | NoticeKind.RECALLED:
            due = _moment(facts.get("due_at"))
            return Changed(to=None if due is None else day_of(due, zone))
        case NoticeKind.BLOCKED:
            return Changed(to=None if facts.get("until") is None else date.fromisoformat(facts["until"]))
        case NoticeKind.ADDRESS_CHANGED:
            return Changed(reason=facts.get("what"))
    return None


def day_of(moment: datetime, zone: tzinfo) -> date | datetime:
    """Return a due date as it is said: a day, or a time where the hour counts."""
    there = moment.astimezone(zone)
    return there.date() if there.time().replace(microsecond=0) == _LAST_SECOND else there


def _amounts(several: Iterable[Notice], now: Circulation) -> Iterable[int]:
    """Yield what each is about in money: as it was said, or for a lost copy what is owed for it."""
    for one in several:
        if _has(one, "amount"):
            yield one.occurrence.facts["amount"]
        elif one.kind is NoticeKind.LOST and (loan := now.loans.get(one.occurrence.subject_id)) is not None:
            yield loan.owed


def _has(one: Notice, fact: str) -> bool:
    return fact in one.occurrence.facts


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
