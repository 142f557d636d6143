"""The token with which a service, or a machine, asks on its own behalf."""

import asyncio

import pytest

from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import AccessToken, NeighbourClient
from shared.outgoing_http.access_token import IssuedToken
from tests.shared.outgoing_http.sick_server import SickServer, answers


class Issuer:
    """Issues tokens of fifteen minutes: `token-1`, `token-2` and so on; it may be away, or hang."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0
        self.is_away = False
        self.answering = asyncio.Event()
        self.answering.set()
        self.token = AccessToken(self.ask, monotonic=lambda: self.now)

    async def ask(self) -> IssuedToken:
        self.asked += 1
        number = self.asked
        await self.answering.wait()
        if self.is_away:
            raise NeighbourUnavailable("The issuer does not answer.")
        return IssuedToken(access_token=f"token-{number}", expires_in=900)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


async def test_a_token_is_asked_for_once_and_again_in_good_time(issuer: Issuer) -> None:
    first = await asyncio.gather(*(issuer.token.text() for _ in range(10)))
    issuer.now = 0.49 * 900
    second = await issuer.token.text()
    issuer.now = 0.51 * 900
    third = await issuer.token.text()

    assert (["token-1"] * 10, "token-1", "token-2") == (first, second, third)


async def test_nobody_waits_for_a_new_token_while_the_old_one_lasts(issuer: Issuer) -> None:
    await issuer.token.text()
    issuer.now = 600
    issuer.answering.clear()

    async with asyncio.timeout(30):
        renewing = asyncio.create_task(issuer.token.text())
        await asyncio.sleep(0)
        assert "token-1" == await issuer.token.text()
        issuer.answering.set()
        assert "token-2" == await renewing == await issuer.token.text()


async def test_a_token_that_still_lasts_is_used_while_the_issuer_is_away(issuer: Issuer) -> None:
    await issuer.token.text()
    issuer.is_away = True

    issuer.now = 600
    assert ["token-1"] * 3 == [await issuer.token.text() for _ in range(3)]
    assert 2 == issuer.asked, "it is asked again after a pause"
    issuer.now = 890
    assert "token-1" == await issuer.token.text()
    still_lasts, issuer.now = issuer.token.lasts, 896
    assert (True, False) == (still_lasts, issuer.token.lasts)
    with pytest.raises(NeighbourUnavailable):
        await issuer.token.text()


async def test_a_rejected_token_is_asked_for_anew_and_once_however_many_met_that(issuer: Issuer) -> None:
    rejected = await issuer.token.text()

    issuer.token.forget(rejected)
    assert "token-2" == await issuer.token.text()
    issuer.token.forget(rejected)

    assert "token-2" == await issuer.token.text()


async def test_a_rejected_token_is_not_used_again_while_the_issuer_is_away(issuer: Issuer) -> None:
    issuer.token.forget(await issuer.token.text())
    issuer.is_away = True

    with pytest.raises(NeighbourUnavailable):
        await issuer.token.text()


async def test_a_service_asks_with_its_credentials(server: SickServer, client: NeighbourClient) -> None:
    server.behaves(answers(200, b'{"access_token": "t", "expires_in": 900, "token_type": "Bearer"}'))

    assert "t" == await AccessToken.of_client(client, client_id="loans", client_secret="secret").text()

    (request,) = server.requests
    assert ("POST", "/v1/auth/token", b"grant_type=client_credentials") == (
        request.method,
        request.target,
        request.body,
    )
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [(401, b"{}", "Check LIBRARY_CLIENT_ID and LIBRARY_CLIENT_SECRET"), (200, b"{}", "something unreadable")],
)
async def test_what_is_wrong_with_the_answer_of_the_issuer_is_named(
    server: SickServer, client: NeighbourClient, status: int, body: bytes, says: str
) -> None:
    server.behaves(answers(status, body))

    with pytest.raises(NeighbourUnavailable, match=says):
        await AccessToken.of_client(client, client_id="loans", client_secret="secret").text()
