"""Makes members of people whom an identity provider brings: membership for identity, which knows nothing of it."""

from dataclasses import dataclass

from members_service.application.membership.enrol_member import Enrol, EnrolMember
from members_service.domain.identity.identity_provider import Enrolment, ForeignPerson, NobodyHere
from shared.kernel.errors import LibraryError, Unavailable


@dataclass(frozen=True, slots=True)
class NewReaders:
    """Implements `providers.ports.Readers`."""

    enrol_member: EnrolMember

    async def enrol(self, person: ForeignPerson, terms: Enrolment) -> None:
        if person.email is None:
            raise NobodyHere
        named = person.given_name is not None or person.family_name is not None
        command = Enrol(
            name=None if named else person.email.address,
            email=person.email.address,
            category=terms.category,
            card_number=person.card_number,
            given_name=person.given_name,
            family_name=person.family_name,
            home_branch=terms.branch,
        )
        try:
            await self.enrol_member(command)
        except Unavailable:
            raise
        except LibraryError as error:
            raise NobodyHere(
                f"You could not be made a member: {error.detail} Ask at the desk.", reason=error.code
            ) from error
