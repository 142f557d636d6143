"""Put what is due into messages: one for each person, group of kinds and branch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from members_service.application.notices.ports import Preferences
from members_service.application.notices.queries import RecipientQueries
from members_service.application.notices.recipients import Recipient, written_to
from members_service.application.notices.work import NoticeWork, NoticeWorkFactory
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.kinds import LONGEST_SLIDE, TO_ONE_ADDRESS, NoticeClass, NoticeGroup, NoticeKind
from members_service.domain.notices.message import Message, Way, class_of
from members_service.domain.notices.notice import Notice, NoticeState, Why, replaced
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.domain.notices.preferences import NoticePreferences
from members_service.persistence.notices.addresses import is_failing
from members_service.persistence.notices.notices import by_group
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

AT_ONCE = 200
_SLIDING = frozenset({NoticeGroup.RECEIPTS})


@dataclass(frozen=True, slots=True)
class Possible:
    """The ways that the library has set up."""

    ways: frozenset[Way]


@dataclass(frozen=True, slots=True)
class BundleNotices:
    """Put notices whose window is over into messages, some members at a time.

    - Of several that say the same of one thing only the last is said; what comes too late, or is not wanted, is not.
    - A child's go to a guardian, together with those of brothers and sisters, as soon as the first of them is due;
      receipts, when nobody of the family has been scanning for a while.
    - What waits already, unclaimed, for the same person takes more of the same: a mail server that was away for days
      means one mail, not three.
    - One process at a time does it. Two would not see the messages that the other one is about to write, and share a
      family's notices between them.
    """

    unit_of_work: NoticeWorkFactory
    recipients: RecipientQueries
    preferences: Preferences
    possible: Possible
    clock: Clock
    zone: tzinfo

    async def __call__(self) -> bool:
        """Return whether there was anything to do."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            if not await uow.notices.take_turn():
                return False
            member_ids = await uow.notices.due(now, limit=AT_ONCE)
            if not member_ids:
                return False
            settings = await uow.notice_settings.current()
            to, people = await self._families(member_ids, settings, day_in(self.zone, at=now))
            ripe = [*_ripe(await uow.notices.pending_of(to), to, now)]
            going = _to_go_out(ripe, settings, now)
            chosen = await self.preferences.of({*to.values()})
            ways = _ways(going, to, chosen, tuple(map(Way, settings.ways)))
            addresses = {address for one in people.values() for address in (one.email, one.telephone) if address}
            suppressed = await uow.suppressions.among(addresses)
            possible = self.possible.ways | ({Way.MAIL} if settings.mode is Mode.SHADOW else set())
            bundle = _Bundle(uow, people, ways, suppressed, possible, settings.default_language, now)
            wanted = [one for one in going if one.id in ways]
            for key, several in _by_message(wanted, to).items():
                await bundle.put(key, several)
            await uow.notices.save(ripe)
            await uow.commit()
        return bool(ripe)

    async def _families(
        self, member_ids: Collection[UUID], settings: NoticeSettings, today: date
    ) -> tuple[dict[UUID, UUID], dict[UUID, Recipient]]:
        """Return who is written to for each, and for everybody else for whom these are written to; and all of them."""
        people = await self.recipients.recipients(member_ids, today=today)
        to = {id: written_to(id, people, settings, today) for id in member_ids}
        readers = set(to.values())
        others = (readers | await self.recipients.wards(readers)) - to.keys()
        people |= await self.recipients.recipients(others, today=today)
        theirs = {id: written_to(id, people, settings, today) for id in others}
        return to | {id: reader for id, reader in theirs.items() if reader in readers}, people


def _ripe(notices: Sequence[Notice], to: Mapping[UUID, UUID], now: datetime) -> Iterable[Notice]:
    """Yield those of readers and groups of which the window is over: what waits for a family goes together."""
    families: dict[tuple[UUID, NoticeGroup], list[Notice]] = {}
    for (member_id, group), same in by_group(notices).items():
        families.setdefault((to[member_id], group), []).extend(same)
    for (_, group), together in families.items():
        if _is_ripe(group, [one.due_at for one in together], now):
            yield from together


def _is_ripe(group: NoticeGroup, due: Sequence[datetime], now: datetime) -> bool:
    """Whether the window of what is due then is over. That of receipts slides with each scan, whoever's it is."""
    if group not in _SLIDING:
        return min(due) <= now
    return max(due) <= now or min(due) + LONGEST_SLIDE <= now


def _to_go_out(ripe: Iterable[Notice], settings: NoticeSettings, now: datetime) -> list[Notice]:
    """End those that are not to go out; return the others."""
    timely: list[Notice] = []
    for one in ripe:
        if settings.mode_of(one.kind) is Mode.OFF:
            one.end(NoticeState.UNWANTED, Why.KIND_OFF)
        elif one.is_too_late(now) or settings.is_stale(one.due_at):
            one.end(NoticeState.OBSOLETE, Why.TOO_LATE)
        else:
            timely.append(one)
    old = replaced(timely)
    for one in old:
        one.end(NoticeState.OBSOLETE, Why.REPLACED)
    gone = {one.id for one in old}
    return [one for one in timely if one.id not in gone]


def _ways(
    going: Iterable[Notice],
    to: Mapping[UUID, UUID],
    chosen: Mapping[UUID, NoticePreferences],
    usual: tuple[Way, ...],
) -> dict[UUID, Sequence[Way]]:
    """Return the ways that each may go; end those that are not wanted by whoever is written to: a guardian, perhaps."""
    found: dict[UUID, Sequence[Way]] = {}
    for one in going:
        choice = chosen.get(to[one.occurrence.member_id])
        ways = usual if choice is None else choice.ways_for(one.kind, usual=usual)
        if ways is None:
            one.end(NoticeState.UNWANTED, Why.DECLINED)
        else:
            found[one.id] = ways
    return found


_Key = tuple[UUID, NoticeGroup, str | None, UUID | None]


def _by_message(going: Iterable[Notice], to: Mapping[UUID, UUID]) -> dict[_Key, list[Notice]]:
    """Return what goes into one message, by person, group and branch; a code or warning goes alone, to its own."""
    found: dict[_Key, list[Notice]] = {}
    for one in going:
        occurrence, group = one.occurrence, one.kind.group
        alone = group in TO_ONE_ADDRESS
        person = occurrence.member_id if alone else to[occurrence.member_id]
        found.setdefault((person, group, occurrence.branch, one.id if alone else None), []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Bundle:
    uow: NoticeWork
    people: Mapping[UUID, Recipient]
    ways: Mapping[UUID, Sequence[Way]]
    suppressed: Mapping[str, str]
    possible: frozenset[Way]
    default_language: str
    now: datetime

    async def put(self, key: _Key, several: Sequence[Notice]) -> None:
        """Put these into one message, by the first way that reaches the person."""
        id, group, branch, _ = key
        person = self.people.get(id)
        way = self._way_to_own_address() if _own_address(several) else self._way_to(person, several)
        if isinstance(way, Why):
            for one in several:
                one.end(NoticeState.UNREACHABLE, way)
            return
        if branch is None and person is not None and way is Way.LETTER:
            branch = person.home_branch  # where it is printed, together with what concerns that branch
        waiting = None if group in TO_ONE_ADDRESS else await self.uow.notice_messages.waiting(id, group, branch)
        if waiting is not None:
            await self._add_to(waiting, several)
            return
        message = Message(
            id=new_id(),
            member_id=id if person is None else person.member_id,
            group=group,
            way=way,
            language=(person and person.language) or self.default_language,
            branch=branch,
            kinds=_kinds_of(several),
            made_at=self.now,
        )
        await self.uow.notice_messages.add(message)
        for one in several:
            one.bundle(message.id)

    async def _add_to(self, waiting: Message, several: Sequence[Notice]) -> None:
        """Put these into a message that waits, in the place of what they replace there."""
        there = await self.uow.notices.of_messages([waiting.id])
        for one in several:
            one.bundle(waiting.id)
        for one in replaced([*there, *several]):
            one.end(NoticeState.OBSOLETE, Why.REPLACED)
        await self.uow.notices.save(one for one in there if one.has_ended)
        waiting.kinds = _kinds_of(one for one in (*there, *several) if not one.has_ended)
        await self.uow.notice_messages.save([waiting])

    def _way_to_own_address(self) -> Way | Why:
        """Return the way to the address that a code or a warning names: mail, or none."""
        return Way.MAIL if Way.MAIL in self.possible else Why.NO_WAY

    def _way_to(self, person: Recipient | None, several: Sequence[Notice]) -> Way | Why:
        if person is None:
            return Why.MEMBER_GONE
        ordered, weightiest = self.ways[several[0].id], class_of(one.kind for one in several)
        return way_to(person, ordered, possible=self.possible, suppressed=self.suppressed, of=weightiest)


def _kinds_of(notices: Iterable[Notice]) -> tuple[NoticeKind, ...]:
    return tuple(dict.fromkeys(one.kind for one in notices))


def _own_address(several: Sequence[Notice]) -> str | None:
    """Return the address that a warning goes to instead of the member's: the former one."""
    secret = several[0].occurrence.secret
    return None if secret is None else secret.get("to")


def way_to(
    person: Recipient,
    ordered: Sequence[Way],
    *,
    possible: frozenset[Way],
    suppressed: Mapping[str, str],
    of: NoticeClass,
) -> Way | Why:
    """Return the first way that reaches the person; what must be said falls to a letter. Else why none does."""
    must = of is not NoticeClass.COURTESY
    candidates = [*ordered, *(one for one in (Way.MAIL, Way.LETTER) if must and one not in ordered)]
    reasons: list[Why] = []
    for way in candidates:
        if way not in possible:
            reasons.append(Why.NO_WAY)
        elif (address := _address_by(way, person)) is None:
            reasons.append(Why.NO_ADDRESS)
        elif way is not Way.LETTER and is_failing(suppressed.get(str(address)), of):
            reasons.append(Why.ADDRESS_FAILS)
        else:
            return way
    return next((one for one in (Why.ADDRESS_FAILS, Why.NO_ADDRESS) if one in reasons), Why.NO_WAY)


def _address_by(way: Way, person: Recipient) -> object | None:
    return {Way.MAIL: person.email, Way.LETTER: person.address, Way.PUSH: person.telephone}[way]
