"""Cursors of members: a place that no list has is refused before the database hears of it."""

import pytest

from members_service.domain.identity.roles import Role
from shared.kernel.ids import new_id
from shared.web.cursors import Cursors
from tests.answers import problem_of
from tests.members.api.conftest import Service

NO_MOMENTS = ("2026-03-01T12:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "now", 1, None)
NO_SESSIONS = ("", "a\0b", "x" * 101, "\ud7ff", 1, None)


@pytest.mark.parametrize("path", ["/v1/audit", "/v1/auth/revocations"])
@pytest.mark.parametrize("moment", NO_MOMENTS, ids=repr)
async def test_what_is_no_moment_is_no_place(service: Service, path: str, moment: object) -> None:
    cursor = Cursors(path).write([moment, str(new_id())])

    answer = await service.get(f"{path}?cursor={cursor}", token=service.token(Role.ADMIN))

    assert "invalid-cursor" == problem_of(answer)["code"]


@pytest.mark.parametrize("sid", NO_SESSIONS, ids=repr)
async def test_what_is_no_session_is_no_place_among_revocations(service: Service, sid: object) -> None:
    place = ["2026-03-01T12:00:00+00:00", sid]
    cursor = Cursors("/v1/auth/revocations").write(place)

    assert "invalid-cursor" == problem_of(await service.get(f"/v1/auth/revocations?cursor={cursor}"))["code"]
