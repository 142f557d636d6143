"""What must be true after a play: each notice was accepted once, printed once, or is on a list that says so."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from members_service.domain.notices.kinds import TO_ONE_ADDRESS, NoticeClass, NoticeKind
from tests.lab.faults.notices.people import Person
from tests.lab.faults.notices.play import SPEED, Play
from tests.lab.faults.notices.truth import Key, PlayedOccurrence

ENDED_BEFORE = 5.0  # seconds of the clock that the library reads
MACHINE = 0.5  # seconds for which the machine may keep a process from working
_OF_LOANS = (NoticeKind.DUE_SOON, NoticeKind.DUE_TODAY, NoticeKind.RENEWED, NoticeKind.NOT_RENEWED)
_OF_HOLDS = (NoticeKind.HOLD_READY, NoticeKind.HOLD_READY_REMINDER, NoticeKind.HOLD_ENDED)
_NOT_REPLACED = (NoticeKind.RECEIPT, NoticeKind.HOLD_PLACED, NoticeKind.CHARGED, NoticeKind.LOST)
_NEVER_WENT = ("bounced", "dropped")


class Judge:
    """Looks at what happened, at what the mail server took, and at what the library says of it."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._people = {one.id: one for one in play.people}
        self._messages = {one.message_id: one for one in play.messages}
        self._notices: dict[Key, Any] = {
            (one.member_id, NoticeKind(one.kind), one.subject_id, one.stage, one.occasion): one for one in play.notices
        }
        self._occurrences = {one.key: one for one in play.truth.occurrences}
        self._in_message: dict[UUID, list[Key]] = defaultdict(list)
        for key, one in self._notices.items():
            if one.message_id is not None and one.state == "bundled":
                self._in_message[one.message_id].append(key)
        self._accepted = Counter(one.message_id for one in play.taken)

    def verdict(self) -> dict[str, list[str]]:
        """Return what must be true, and whatever contradicts it."""
        return {
            "no mail is accepted twice": [*self._twice()],
            "nothing is said in two messages": [*self._in_two_messages()],
            "nothing is missing": [*self._missing()],
            "a mail says what is noted of it": [*self._wrongly_noted()],
            "no more is uncertain than hung or was killed": [*self._too_uncertain()],
            "nothing is said that had ended five seconds before": [*self._ended_before()],
            "one message per person, group, branch and window": [*self._too_many()],
            "each goes to whom it is for, in their language": [*self._to_others()],
            "everything comes to an end": self._play.unsettled,
            "it was killed as often as was asked": [*self._too_seldom()],
        }

    def figures(self) -> dict[str, int]:
        """Return what became of notices and messages, by state."""
        play = self._play
        found = Counter(f"notices {one.state}" + (f", {one.why}" if one.why else "") for one in play.notices)
        found.update(f"messages by {one.way}: {one.state}" for one in play.messages)
        return dict(sorted(found.items()))

    def _twice(self) -> Iterator[str]:
        for message_id, times in self._accepted.items():
            if times > 1:
                yield f"{message_id} was accepted {times} times"
        for message_id, times in self._play.letters.items():
            if times > 1:
                yield f"{message_id} was printed {times} times"

    def _in_two_messages(self) -> Iterator[str]:
        told = self._play.printed + Counter(
            title for one in {one.message_id: one for one in self._play.taken}.values() for title in one.titles
        )
        for title, times in told.items():
            if times > 1:
                yield f"{title} was said in {times} messages"

    def _missing(self) -> Iterator[str]:
        newer = _newest(self._play.truth.occurrences)
        for key, one in self._occurrences.items():
            notice = self._notices.get(key)
            if notice is None:
                yield f"nothing is known of {one}"
            elif (lacks := self._lacks(one, notice, newer)) is not None:
                yield f"{lacks}: {one}"

    def _lacks(self, one: PlayedOccurrence, notice: Any, newer: dict[Any, PlayedOccurrence]) -> str | None:
        """Return why it does not hold that this was told, or rightly not; None if it does."""
        match notice.state, notice.why:
            case "bundled", _:
                message = self._messages.get(notice.message_id)
                return "its message is gone" if message is None else self._lacks_message(message)
            case "obsolete", "over":
                return None if one.ended_at is not None else "it was dropped, and had not ended"
            case "obsolete", "replaced":
                return None if newer.get(_about(one)) is not one else "nothing replaced it"
            case "unwanted", "declined":
                optional = one.kind.notice_class is NoticeClass.COURTESY
                return None if optional and self._reader(one).declines else "nobody declined it"
            case "unreachable", _:
                return None if not self._is_reached(one) else "there was a way"
        return f"it is {notice.state}, {notice.why}"

    def _lacks_message(self, message: Any) -> str | None:
        accepted = self._accepted[message.message_id]
        match message.state:
            case "handed_over":
                return None if accepted else "handed over, but nobody accepted it"
            case "printed":
                return None if self._play.letters[message.message_id] else "printed, but in no batch"
            case "uncertain":
                return None
        refusal = self._play.refusals.get(message.message_id, "")
        return f"its message is {message.state}, {message.why} {refusal}".rstrip()

    def _wrongly_noted(self) -> Iterator[str]:
        for one in self._play.taken:
            noted = {
                self._occurrences[key].title
                for key in self._in_message[one.message_id]
                if self._occurrences[key].has_title
            }
            if noted != one.titles:
                yield f"{one.message_id} says {sorted(one.titles)} and is noted to say {sorted(noted)}"

    def _too_uncertain(self) -> Iterator[str]:
        uncertain = sum(one.state == "uncertain" for one in self._play.messages)
        allowed = self._play.without_answer + self._play.killed
        if uncertain > allowed:
            yield f"{uncertain} messages are uncertain, after {allowed} hangs and kills"

    def _too_seldom(self) -> Iterator[str]:
        if self._play.killed < self._play.kills:
            yield f"{self._play.killed} times of {self._play.kills}"

    def _ended_before(self) -> Iterator[str]:
        most = ENDED_BEFORE / SPEED + MACHINE
        for taken in self._play.taken:
            for key in self._in_message[taken.message_id]:
                one = self._occurrences[key]
                if one.ended_at is not None and taken.second - one.ended_at > most:
                    yield f"{taken.second - one.ended_at:.2f} s after its end: {one}"

    def _too_many(self) -> Iterator[str]:
        """A message may follow sooner only with what came too late for the one before it."""
        window = timedelta(minutes=self._play.window)
        last: dict[tuple[UUID, str, str | None], Any] = {}
        for message in sorted(self._play.messages, key=lambda one: one.message_id):
            person = self._people.get(message.member_id)
            if message.state in _NEVER_WENT or message.group in TO_ONE_ADDRESS or person is None or person.is_bad:
                continue
            before = last.get(key := (message.member_id, message.group, message.branch))
            last[key] = message
            if before is None or message.made_at - before.made_at >= window:
                continue
            if any(self._was_there(self._notices[one], before) for one in self._in_message[message.message_id]):
                gap, earlier = message.made_at - before.made_at, self._content_of(before)
                yield f"{self._content_of(message)} came {gap} after {earlier}, to {person.id}"

    def _was_there(self, notice: Any, message: Any) -> bool:
        """Whether a notice was on record when the other message was put together: its id says when it was written."""
        written: float = (notice.notice_id.int >> 80) / 1000
        return bool(self._play.clock.at(written + MACHINE) < message.made_at)

    def _content_of(self, message: Any) -> str:
        told = sorted(
            (self._occurrences[key].at, key[1].value, str(key[0])) for key in self._in_message[message.message_id]
        )
        told_of = ", ".join(f"{kind} at {at:%H:%M:%S} of {member}" for at, kind, member in told)
        return f"{message.group} by {message.way} at {message.branch} ({message.state}: {told_of})"

    def _to_others(self) -> Iterator[str]:
        for taken in self._play.taken:
            for key in self._in_message[taken.message_id]:
                one = self._occurrences[key]
                reader = self._reader(one)
                if (taken.to, taken.language) != (one.to or reader.email, reader.language):
                    yield f"{taken.message_id} went to {taken.to} in {taken.language}: {one}"

    def _reader(self, one: PlayedOccurrence) -> Person:
        """Return who is written to."""
        member = self._people[one.member_id]
        if member.guardian is None or one.kind.group in TO_ONE_ADDRESS:
            return member
        return self._people[member.guardian]

    def _is_reached(self, one: PlayedOccurrence) -> bool:
        reader = self._reader(one)
        by_mail = reader.email is not None and not reader.is_bad
        return by_mail if one.kind.group in TO_ONE_ADDRESS else by_mail or reader.has_address


def _about(one: PlayedOccurrence) -> Any:
    of = "loan" if one.kind in _OF_LOANS else "hold" if one.kind in _OF_HOLDS else one.kind
    return one.member_id, of, one.subject_id


def _newest(occurrences: list[PlayedOccurrence]) -> dict[Any, PlayedOccurrence]:
    """Return the last of those that say the same of one thing."""
    return {_about(one): one for one in occurrences if one.kind not in _NOT_REPLACED}
