"""Books, asked over HTTP whether a copy may be lent."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.adapters.own_token import OwnToken
from loans_service.application.ports import CopyKey
from loans_service.domain.lendable_copy import CopyNotFound, CopyNotLendable, LendableCopy
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient


class _Refusal(BaseModel):
    """Books may add figures of its own, such as the copy's status; they are passed on."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str


class _Lendability(BaseModel):
    copy_id: UUID
    book_id: UUID
    barcode: str
    title: str
    branch: str
    item_type: str
    lendable: bool
    refusals: list[_Refusal]


class BooksOverHttp:
    """Implements `ports.Catalogue`."""

    def __init__(self, client: NeighbourClient, token: OwnToken) -> None:
        self._client = client
        self._token = token

    async def lendable_copy(self, key: CopyKey) -> LendableCopy:
        """Ask books. Raises CopyNotFound, or NeighbourUnavailable when books gives no usable answer."""
        asked = {"barcode": key.barcode} if key.barcode is not None else {"copy_id": str(key.copy_id)}
        reply = await self._client.get("/v1/copies/lendability", params=asked, headers=await self._token.header())
        if reply.status_code == 404:
            raise CopyNotFound
        if reply.status_code == 401:
            self._token.forget()
        if reply.status_code != 200:
            raise NeighbourUnavailable(f"The books service answered {reply.status_code}; nothing was changed.")
        try:
            answer = _Lendability.model_validate_json(reply.content)
        except ValidationError as error:
            raise NeighbourUnavailable(
                "The books service answered something unreadable; nothing was changed."
            ) from error
        refusals = tuple(CopyNotLendable(refusal.detail, **(refusal.model_extra or {})) for refusal in answer.refusals)
        if not answer.lendable and not refusals:
            refusals = (CopyNotLendable("The library does not lend this copy at present."),)
        return LendableCopy(
            copy_id=answer.copy_id,
            book_id=answer.book_id,
            barcode=answer.barcode,
            title=answer.title,
            branch=answer.branch,
            item_type=answer.item_type,
            refusals=refusals,
        )
