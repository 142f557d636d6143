"""Books and members, asked over one aiohttp session that stays open."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.lab.benchmarks.limit.asgi import Refused


class Neighbour:
    """One other service. Make it inside the running loop."""

    def __init__(self, name: str, base_url: str, token: str) -> None:
        self._name = name
        self._session = aiohttp.ClientSession(
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=2),
            connector=aiohttp.TCPConnector(limit=32),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def ask(self, path: str, **params: str) -> Mapping[str, Any]:
        """Return the answer. Raises Refused: what the neighbour says it does not know, or that it does not answer."""
        try:
            async with self._session.get(path, params=params) as reply:
                answer: Mapping[str, Any] = await reply.json(content_type=None)
                if reply.status == 404:
                    raise Refused(404, answer["code"], answer["detail"])
                if reply.status == 200:
                    return answer
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._unavailable() from error
        raise self._unavailable()

    async def close(self) -> None:
        await self._session.close()

    def _unavailable(self) -> Refused:
        return Refused(503, "neighbour-unavailable", f"The {self._name} service does not answer; nothing was changed.")
