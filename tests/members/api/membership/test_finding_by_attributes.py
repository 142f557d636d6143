"""Members are found by what the library alone wants to know of them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.persistence.database import Database
from tests.members.api.conftest import Service, a_service

SCHEMA = {"type": "object", "additionalProperties": {"type": "string"}}


@pytest.fixture
async def school(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """A library that keeps the class and the bus of its members."""
    async for started in a_service(database, tmp_path, attributes_schema=json.dumps(SCHEMA)):
        yield started


async def found(school: Service, *attributes: str) -> list[str]:
    query = "&".join(f"attribute={one}" for one in attributes)
    return [one["name"] for one in (await school.get(f"/v1/members?{query}")).json()["items"]]


async def test_members_are_found_by_attributes_of_which_all_apply(school: Service) -> None:
    for name, attributes in (("Ada", {"class": "4b", "bus": "7"}), ("Ben", {"class": "4b"}), ("Cem", {"bus": "7"})):
        await school.enrol(name=name, attributes=attributes)

    assert ["Ada", "Ben"] == await found(school, "class:4b")
    assert ["Ada"] == await found(school, "class:4b", "bus:7")
    assert [] == await found(school, "class:4") == await found(school, "bus:4b")


async def test_who_goes_into_another_class_is_found_there_alone(school: Service) -> None:
    ada = await school.enrol(name="Ada", attributes={"class": "4b"})

    changed = await school.request(
        "PATCH", f"/v1/members/{ada['member_id']}", {"attributes": {"class": "5b"}}, if_match="*"
    )

    assert 200 == changed.status_code, changed.text
    assert ([], ["Ada"]) == (await found(school, "class:4b"), await found(school, "class:5b"))
