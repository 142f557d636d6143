"""The listener to events of members: erasures, merged records, categories, history choices and fees."""

from typing import Annotated, Any, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import Field

from loans_service.application.fines.charge_fees import FeeOwed, FeesNews
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.application.privacy.follow_member import CategoryNews, HistoryNews, MergedMembersNews
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.messaging.payloads import EventData

NAME = "loans.members"
LEAVING, REINSTATED = "members.member.leaving", "members.member.reinstated"
MERGED, HISTORY_CHOSEN = "members.member.merged", "members.member.reading_history_chosen"
CATEGORY_CHANGED = "members.member.category_changed"
JOINED, RENEWED = "members.member.joined", "members.member.renewed"


class ReinstatedPayload(EventData):
    """The fields that are read; others may come and go."""

    member_id: UUID


class LeavingPayload(ReinstatedPayload):
    """A request for erasure has an id, which the answer repeats."""

    leaving_id: UUID


class MergedPayload(ReinstatedPayload):
    """Everything of the member belongs to another one from now on."""

    into: UUID
    category: str | None = None


class CategoryChangedPayload(ReinstatedPayload):
    """The category that the member has from now on."""

    category: str


class ReadingHistoryChosenPayload(ReinstatedPayload):
    """What is to become of past loans."""

    reading_history: Literal["keep", "default", "forget"]


class FeePayload(EventData):
    """A fee that a membership costs."""

    kind: Annotated[str, Field(pattern="^[a-z][a-z_]{0,19}$")]
    amount: Annotated[int, Field(gt=0, le=2**31 - 1)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None


class FeesPayload(ReinstatedPayload):
    """Somebody joined, or was renewed, and owes these fees."""

    fees: Annotated[list[FeePayload], Field(max_length=20)] | None = None


SCHEMAS: dict[str, dict[str, Any]] = {
    LEAVING: LeavingPayload.model_json_schema(),
    REINSTATED: ReinstatedPayload.model_json_schema(),
    MERGED: MergedPayload.model_json_schema(),
    CATEGORY_CHANGED: CategoryChangedPayload.model_json_schema(),
    HISTORY_CHOSEN: ReadingHistoryChosenPayload.model_json_schema(),
    JOINED: FeesPayload.json_schema(),
    RENEWED: FeesPayload.json_schema(),
}


News_contra = TypeVar("News_contra", contravariant=True)


class Handles(Protocol[News_contra]):
    """Handles an event."""

    async def __call__(self, news: News_contra, *, listener: str) -> None: ...


def members_listener(
    note_leaving: Handles[LeavingNews],
    join_borrowers: Handles[MergedMembersNews],
    follow_category: Handles[CategoryNews],
    follow_history_choice: Handles[HistoryNews],
    charge_fees: Handles[FeesNews],
) -> Listener:
    """Return the listener to events of members."""

    async def handle(event: Incoming) -> None:
        if event.type == MERGED:
            merged = MergedPayload.from_event(event)
            news = MergedMembersNews(event.id, merged.member_id, merged.into, event.sequence, merged.category)
            await join_borrowers(news, listener=NAME)
        elif event.type == CATEGORY_CHANGED:
            changed = CategoryChangedPayload.from_event(event)
            await follow_category(CategoryNews(event.id, changed.member_id, changed.category), listener=NAME)
        elif event.type == HISTORY_CHOSEN:
            chosen = ReadingHistoryChosenPayload.from_event(event)
            keep, forget = chosen.reading_history == "keep", chosen.reading_history == "forget"
            await follow_history_choice(HistoryNews(event.id, chosen.member_id, keep, forget), listener=NAME)
        elif event.type in (JOINED, RENEWED):
            await charge_fees(_fees(event), listener=NAME)
        else:
            await note_leaving(_leaving(event), listener=NAME)

    return Listener(NAME, tuple(SCHEMAS), handle)


def _fees(event: Incoming) -> FeesNews:
    payload = FeesPayload.from_event(event)
    fees = tuple(FeeOwed(fee.kind, fee.amount, fee.currency) for fee in payload.fees or ())
    return FeesNews(event.id, payload.member_id, fees)


def _leaving(event: Incoming) -> LeavingNews:
    if event.type == REINSTATED:
        return LeavingNews(event.id, ReinstatedPayload.from_event(event).member_id, None, event.sequence)
    reported = LeavingPayload.from_event(event)
    return LeavingNews(event.id, reported.member_id, reported.leaving_id, event.sequence)
