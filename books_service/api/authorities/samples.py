"""The samples of authorities in the document."""

from datetime import UTC, datetime
from uuid import UUID

from books_service.api.authorities.authorities import AuthorityMergeRequest, AuthorityPatchRequest, AuthorityRequest
from books_service.application.authorities.views import AuthorityView
from books_service.domain.authorities.authority import AuthorityKind

_ADDED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_ELIOT = UUID("01a20f57-2b5a-72ae-b315-6757a5c0edd1")
_AN_AUTHORITY = AuthorityView(
    authority_id=_ELIOT,
    kind=AuthorityKind.PERSON,
    heading="Eliot, George",
    see_from=("Evans, Mary Ann",),
    uris=("https://viaf.org/viaf/89000553",),
    correcting=False,
    added_at=_ADDED,
    version=1,
)

AUTHORITY_SAMPLES = (
    AuthorityRequest(
        kind=AuthorityKind.PERSON,
        heading="Eliot, George",
        see_from=["Evans, Mary Ann"],
        uris=["https://viaf.org/viaf/89000553"],
    ),
    AuthorityPatchRequest(heading="Eliot, George, 1819-1880"),
    AuthorityMergeRequest(into=_ELIOT),
    _AN_AUTHORITY,
)
