from urllib.parse import urlencode

import pytest

from members_service.domain.identity.roles import Role
from tests.answers import error_of, problem_of
from tests.members.api.conftest import LOANS_SECRET, Service
from tests.members.makers import PASSWORD

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


BAD_FORMS = [
    b"", b"grant_type=", b"grant_type=password", b"grant_type=password&username=a@x.y",
    b"grant_type=password&password=x",
    b"grant_type=refresh_token", b"grant_type=password&grant_type=password&username=a&password=b",
    b"grant_type=password&username=a%00b&password=c", b"grant_type=password&username=a&password=%00",
    b"grant_type=password&username=%ff&password=c", b"grant_type=password&username=%ED%A0%80&password=c",
    b"grant_type=password&username=\xff&password=c", b"\x00" * 100, b"a&" * 3_000,
    b"&".join(b"f%d=1" % n for n in range(99)),
    b"grant_type=password&username=a&password=" + b"x" * 20_000, b'{"grant_type": "password"}', b"=&=&=", b"%",
    b"scope=a&scope=b&grant_type=password&username=a&password=b",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/auth/token", "/v1/auth/revoke"])
@pytest.mark.parametrize("body", BAD_FORMS, ids=lambda body: body[:40].decode("latin-1"))
async def test_a_form_that_cannot_be_read_is_told_so(service_on_either: Service, path: str, body: bytes) -> None:
    answer = await service_on_either.http.post(path, content=body, headers=FORM)

    assert (400, "invalid_request") == error_of(answer)
    assert answer.json()["error_description"].isascii()


@pytest.mark.parametrize("grant_type", ["device_code", "implicit", "Password", "urn:x", "é", "password "])
async def test_other_grants_are_not_offered(service: Service, grant_type: str) -> None:
    answer = await service.ask_for_token(grant_type=grant_type, code="x", username="a@x.y", password="b")

    assert (400, "unsupported_grant_type") == error_of(answer)


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ", "Basic !!!", "Basic bG9hbnM=", "Basic /////w==", "basic YTpi", "Basic " + "QUFB" * 2_000,
     "Basic bG9hbnM6AA=="],
)  # fmt: skip
async def test_credentials_that_cannot_be_read_are_those_of_no_client(service: Service, header: str) -> None:
    body = urlencode({"grant_type": "client_credentials"}).encode()

    answer = await service.http.post("/v1/auth/token", content=body, headers=FORM | {"Authorization": header})

    assert (401, "invalid_client") == error_of(answer)


@pytest.mark.parametrize(
    "more",
    [
        {"client_secret": LOANS_SECRET},
        {"client_id": "kiosk"},
        {"client_id": "loans", "client_secret": "x"},
    ],
)
async def test_a_client_says_once_who_it_is(service: Service, more: dict[str, str]) -> None:
    answer = await service.ask_for_token(basic=("loans", LOANS_SECRET), grant_type="client_credentials", **more)

    assert (400, "invalid_request") == error_of(answer)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain",
                                  "application/x-www-form-urlencoded; charset=utf-16"])  # fmt: skip
async def test_another_media_type_is_refused(service: Service, kind: str) -> None:
    answer = await service.http.post("/v1/auth/token", content=b"grant_type=password", headers={"Content-Type": kind})

    assert (415, "unsupported-media-type") == (answer.status_code, problem_of(answer)["code"])


async def test_unknown_fields_are_ignored_as_the_standard_wants_it(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)

    assert 200 == (await service.sign_in("grace@x.y", resource="library", audience="library")).status_code


async def test_a_reload_asks_for_a_token_with_a_bearer_header_left_over(service: Service) -> None:
    await service.open_account("grace@x.y", Role.LIBRARIAN)
    form = {"grant_type": "password", "username": "grace@x.y", "password": PASSWORD}

    answer = await service.http.post("/v1/auth/token", data=form, headers={"Authorization": "Bearer old"})

    assert 200 == answer.status_code
