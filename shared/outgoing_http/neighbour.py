"""A neighbour's API: requests with our token, and answers that are parsed, or refused, in one place."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.access_token import AccessToken
from shared.outgoing_http.client import NeighbourClient


class NeighbourPage(BaseModel):
    """A page of a list; `next_cursor` leads to the next one."""

    next_cursor: str | None


Shape = TypeVar("Shape", bound=BaseModel)
SomePage = TypeVar("SomePage", bound=NeighbourPage)

Missing = Callable[[bytes], Shape | Exception]
"""Turns the body of a 404 into a value, or into the refusal to be raised."""

_LARGEST_PAGE = {"limit": "100"}
_NOT_UNDERSTOOD = frozenset({400, 413, 422})


class NotUnderstood(NeighbourUnavailable):
    """The neighbour rejected the question as invalid."""


class Neighbour:
    """Sends requests through `client`, with `token` if the neighbour needs authentication.

    A token that it rejects is dropped, so that the next request has a new one.
    """

    def __init__(self, client: NeighbourClient, token: AccessToken | None = None) -> None:
        self._client = client
        self._token = token

    @property
    def name(self) -> str:
        """The name of the service."""
        return self._client.neighbour

    async def get(
        self,
        path: str,
        shape: type[Shape],
        *,
        params: Mapping[str, str] | None = None,
        missing: Missing[Shape] | None = None,
    ) -> Shape:
        """Return what is at `path`.

        Raises the refusal that `missing` makes of a 404, and NeighbourUnavailable without a usable answer.
        """
        token = await self._token_text()
        reply = await self._client.get(path, params=params, headers=_header(token))
        if reply.status_code == 404 and missing is not None:
            instead = missing(reply.content)
            if isinstance(instead, Exception):
                raise instead
            return instead
        return self._read(reply, shape, token)

    async def pages(
        self,
        path: str,
        shape: type[SomePage],
        *,
        params: Mapping[str, str] | None = None,
        most: int | None = None,
        missing: Missing[SomePage] | None = None,
    ) -> list[SomePage]:
        """Return the pages of a list, at least one and no more than `most`, of a hundred things each.

        Raises what `get` raises.
        """
        asked = _LARGEST_PAGE | dict(params or {})
        pages = [await self.get(path, shape, params=asked, missing=missing)]
        while (cursor := pages[-1].next_cursor) is not None and (most is None or len(pages) < most):
            pages.append(await self.get(path, shape, params=asked | {"cursor": cursor}, missing=missing))
        return pages

    async def ask(self, path: str, question: object, shape: type[Shape]) -> Shape:
        """Return the answer to a question that is too long for an address; it changes nothing there.

        Raises NeighbourUnavailable without a usable answer, and NotUnderstood when the question is invalid.
        """
        token = await self._token_text()
        return self._read(await self._client.ask(path, question, headers=_header(token)), shape, token)

    def unusable(self, answer: str) -> NeighbourUnavailable:
        """Return the refusal for an unusable answer, which `answer` describes."""
        return self._client.unusable(answer)

    def unreadable(self) -> NeighbourUnavailable:
        """Return the refusal for an answer of an unexpected form."""
        return self._client.unreadable()

    async def _token_text(self) -> str | None:
        return None if self._token is None else await self._token.text()

    def _read(self, reply: httpx.Response, shape: type[Shape], token: str | None) -> Shape:
        if reply.status_code == 401 and self._token is not None and token is not None:
            self._token.forget(token)
        if reply.status_code in _NOT_UNDERSTOOD:
            raise NotUnderstood(self.unusable(str(reply.status_code)).detail)
        if reply.status_code != 200:
            raise self.unusable(str(reply.status_code))
        try:
            return shape.model_validate_json(reply.content)
        except ValidationError as error:
            raise self.unreadable() from error


def _header(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}
