"""Apply for a membership online, confirm the address, and decide at the desk."""

from dataclasses import dataclass, replace
from datetime import date, tzinfo
from uuid import UUID

from members_service.application.membership.applications.queries import ApplicationQueries
from members_service.application.membership.applications.views import ApplicationView, ConfirmedView, NewApplicationView
from members_service.application.membership.enrol_member import Enrol, EnrolMember
from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.membership.ports import ApplicationThrottle
from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.views import EnrolledMember
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.application import (
    MOST_OPEN,
    TO_CONFIRM,
    Applicant,
    Application,
    ApplicationNotConfirmed,
    ApplicationNotFound,
    ApplicationsOff,
    ConfirmationTokenInvalid,
    TooManyApplications,
)
from members_service.domain.email import InvalidEmail
from members_service.domain.end_user_address import InvalidEndUserAddress
from members_service.domain.membership.member_record import InvalidLanguage, UnknownBranch
from members_service.domain.membership.membership import AgeNotForCategory, UnknownCategory, day_in
from members_service.domain.membership.personal_details import InvalidDateOfBirth
from members_service.domain.one_time_token import digest
from members_service.domain.owner_check import TooManyAttempts
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refusals_of, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Applying:
    """Who applies, at the website with which address, and from which one, if the website says so."""

    applicant: Applicant
    client: str | None = None
    end_user: str | None = None


@refuses(
    ApplicationsOff,
    TooManyApplications,
    TooManyAttempts,
    InvalidEndUserAddress,
    InvalidEmail,
    InvalidLanguage,
    InvalidDateOfBirth,
    UnknownCategory,
    AgeNotForCategory,
    UnknownBranch,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class Apply:
    """Keep what somebody says of themselves who wants to join, through the library's website.

    - The category says whether people apply for it online (`applications`). What would be refused at the desk is
      refused here.
    - The website mails `confirmation_token` to the address: it works for two days. What is not confirmed is forgotten
      then, and what the desk has not decided on after sixty days. All of it is sealed.
    - Nobody is a member yet, and nothing says whether the address is known.
    - Whoever applies has a mail written to an address that may be anybody's: with one address three times, then once in
      four hours; from one network ten times, then once in six minutes, so name `end_user_address`. Without it all
      visitors of the website count together: sixty times, then once a minute.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    branches: LibraryBranches
    secret_generator: SecretGenerator
    throttle: ApplicationThrottle
    clock: Clock
    zone: tzinfo

    async def __call__(self, applying: Applying, receipt: Receipt | None = None) -> NewApplicationView:
        """Raise what is declared."""
        now, applicant = self.clock.now(), applying.applicant
        categories = (await self.category_queries.newest()).categories
        enrol_of(applicant).record(categories, today=day_in(self.zone, at=now))
        if not categories[applicant.category].applications:
            raise ApplicationsOff
        if applicant.home_branch is not None:
            applicant = replace(applicant, home_branch=await checked_branch(applicant.home_branch, self.branches))
        where = {"client": applying.client, "end_user": applying.end_user}
        await self.throttle.admit_application(applicant.email, **where, now=now)
        token, application = self.secret_generator.secret(), Application(new_id(), applicant, now)
        async with self.unit_of_work(receipt) as uow:
            if await uow.applications.forget_old(now) >= MOST_OPEN:
                raise TooManyApplications
            await uow.applications.add(application, token_hash=digest(token))
            answer = NewApplicationView(application.id, token, now + TO_CONFIRM)
            await uow.commit(answer=answer)
        return answer


@refuses(ConfirmationTokenInvalid)
@dataclass(frozen=True, slots=True)
class ConfirmApplication:
    """Confirm by the mailed token that the address of an application is one's own. Repeating it changes nothing."""

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(self, token: str) -> ConfirmedView:
        """Raise ConfirmationTokenInvalid."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            application = await uow.applications.confirm(digest(token), now=now)
            await uow.commit()
        return ConfirmedView(application.id, application.confirmed_at or now)


@dataclass(frozen=True, slots=True)
class ListApplications:
    """List those who want to join, oldest first."""

    queries: ApplicationQueries
    clock: Clock

    async def __call__(self, *, confirmed: bool | None, limit: int, after: UUID | None) -> list[ApplicationView]:
        """Return up to `limit` of them behind that one."""
        found = await self.queries.applications(confirmed=confirmed, now=self.clock.now(), limit=limit, after=after)
        return [ApplicationView.of(each) for each in found]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which application, and what the desk says otherwise than the applicant. `by` is who decides."""

    application_id: UUID
    category: str | None = None
    card_number: str | None = None
    expires_on: date | None = None
    by: str | None = None


@refuses(ApplicationNotFound, ApplicationNotConfirmed, *refusals_of(EnrolMember))
@dataclass(frozen=True, slots=True)
class AcceptApplication:
    """Make somebody a member who has applied online, once the desk has seen who it is.

    - The address must be confirmed. The desk may choose another category, a card number and the last day.
    - All is as when somebody is enrolled, fees and activation included; the application is gone then. Two desks make
      one member of it.
    """

    enrol: EnrolMember
    queries: ApplicationQueries
    clock: Clock

    async def __call__(self, command: Acceptance, receipt: Receipt | None = None) -> EnrolledMember:
        """Raise what is declared."""
        application = await self.queries.application(command.application_id, now=self.clock.now())
        enrol = replace(
            enrol_of(application.applicant),
            card_number=command.card_number,
            expires_on=command.expires_on,
            by=command.by,
            application_id=application.id,
        )
        return await self.enrol(replace(enrol, category=command.category or enrol.category), receipt)


@refuses(ApplicationNotFound)
@dataclass(frozen=True, slots=True)
class RejectApplication:
    """Forget an application. Nobody is told: write to the person first, if they are to know."""

    unit_of_work: MembershipWorkFactory

    async def __call__(self, application_id: UUID) -> None:
        """Raise ApplicationNotFound."""
        async with self.unit_of_work() as uow:
            await uow.applications.remove(application_id)
            await uow.commit()


def enrol_of(applicant: Applicant) -> Enrol:
    """Return how the applicant would be enrolled."""
    return Enrol(**{name: getattr(applicant, name) for name in Applicant.__dataclass_fields__})
