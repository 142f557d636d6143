"""Keep a photograph of a member, show it, remove it."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.photos.queries import PhotoQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.photo import InvalidPhoto, Photo, PhotoNotFound, media_type_of
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """Of whom, and the picture: without a media type, what it begins as. `by_member` is the asker's own member id."""

    member_id: UUID
    media_type: str | None
    content: bytes
    by_member: UUID | None = None


@refuses(MemberNotFound, FourEyes, InvalidPhoto)
@dataclass(frozen=True, slots=True)
class PutPhoto:
    """Keep a photograph of a member, in place of what there was; a JPEG or PNG of at most 64 KiB.

    - It is sealed in the database, goes with the person, and is in what they are handed out.
    - Nobody of the staff changes their own: by it a desk knows who stands before it.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(self, command: NewPhoto) -> None:
        """Raise MemberNotFound, FourEyes or InvalidPhoto."""
        async with self.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes(member.id, by_member=command.by_member)
            media_type = command.media_type or media_type_of(command.content)
            await uow.photos.put(Photo(member.id, media_type, command.content, self.clock.now()))
            await uow.commit()


@refuses(MemberNotFound, FourEyes, PhotoNotFound)
@dataclass(frozen=True, slots=True)
class RemovePhoto:
    """Remove the photograph of a member. Nobody of the staff removes their own."""

    unit_of_work: MembershipWorkFactory

    async def __call__(self, member_id: UUID, *, by_member: UUID | None = None) -> None:
        """Raise MemberNotFound, FourEyes or PhotoNotFound."""
        async with self.unit_of_work() as uow:
            member = await uow.members.get(member_id)
            expect_four_eyes(member.id, by_member=by_member)
            if not await uow.photos.remove(member.id):
                raise PhotoNotFound
            await uow.commit()


@refuses(MemberNotFound, PhotoNotFound)
@dataclass(frozen=True, slots=True)
class ShowPhoto:
    """Show the photograph of a member, to staff and to the person. That staff looked is on record (`read`)."""

    unit_of_work: MembershipWorkFactory
    queries: PhotoQueries
    clock: Clock

    async def __call__(self, member_id: UUID, *, only_of: UUID | None, by: str | None = None) -> Photo:
        """Raise MemberNotFound, or PhotoNotFound."""
        async with self.unit_of_work() as uow:
            member_id = await uow.members.id_of(MemberReference(member_id))
        if only_of not in (None, member_id):
            raise MemberNotFound
        photo = await self.queries.photo(member_id)
        if photo is None:
            raise PhotoNotFound
        if only_of is None:
            await record_reading(self.unit_of_work, [member_id], by=by, now=self.clock.now())
        return photo
