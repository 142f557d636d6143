"""The photograph of a member, by which a desk knows whom the card belongs to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.kernel.errors import InvalidValue, NotFound

_BEGINS_WITH = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
MEDIA_TYPES = tuple(_BEGINS_WITH)


class PhotoNotFound(NotFound):
    """There is no photograph of the member."""

    code = "photo-not-found"
    detail = "There is no photograph of this member."


class InvalidPhoto(InvalidValue):
    """It is no picture, or not one of the kind that was said."""

    code = "invalid-photo"
    detail = "This is no picture of the kind that Content-Type says. Send a JPEG or PNG."
    field = "photo"


def media_type_of(content: bytes) -> str:
    """Tell what kind of picture it is by how it begins. Raises InvalidPhoto where it is none."""
    for media_type, beginning in _BEGINS_WITH.items():
        if content.startswith(beginning):
            return media_type
    raise InvalidPhoto


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a member. Raises InvalidPhoto if its content is not of its media type."""

    member_id: UUID
    media_type: str
    content: bytes
    taken_at: datetime

    def __post_init__(self) -> None:
        if media_type_of(self.content) != self.media_type:
            raise InvalidPhoto
