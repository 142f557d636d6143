"""Hands short messages to a gateway of the library's choice: a signed HTTPS request each."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx

from members_service.adapters.notices.push import push_request
from members_service.application.notices.ports import BeginData, NotClaimed
from members_service.domain.notices.message import Attempt, Outcome, Phase
from shared.tls import verifying

_BUSY = frozenset({408, 425, 429})


class HttpPushGateway:
    """Sends each request once; a gateway knows one that is repeated by its id."""

    def __init__(
        self, url: str, secret: bytes, *, ca_file: Path | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._secret = secret
        self._http = httpx.AsyncClient(timeout=20, verify=verifying(ca_file), transport=transport, trust_env=False)

    async def send(
        self, message_id: UUID, to: str, text: str, language: str, *, at: datetime, begin_data: BeginData
    ) -> Attempt:
        """Hand the text over; `begin_data` is awaited before the request is sent. Raises NotClaimed."""
        request = push_request(message_id, to=to, text=text, language=language, secret=self._secret, at=at)
        if not await begin_data():
            raise NotClaimed
        try:
            answer = await self._http.post(self._url, content=request.body, headers=request.headers)
        except httpx.ConnectError as error:
            return Attempt(Outcome.DEFERRED, Phase.BEFORE, text=str(error))
        except httpx.HTTPError as error:
            return Attempt(Outcome.UNANSWERED, Phase.DATA, text=str(error))
        return Attempt(_outcome(answer.status_code), Phase.DATA, answer.status_code)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if status >= 500 or status in _BUSY:
        return Outcome.DEFERRED
    return Outcome.BAD_ADDRESS if status in (404, 410, 422) else Outcome.REFUSED
