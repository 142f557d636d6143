"""A file of members makes what a request makes of the same fields, and refuses what a request refuses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from members_service.adapters.membership.member_files import READERS
from shared.kernel.file_records import Counts
from shared.kernel.imports import ImportFile
from tests.members.api.conftest import Service

TAKEN: list[dict[str, Any]] = [
    {"name": "  Ada Lovelace "},
    {"name": "A\u0308da Lovelace"},
    {"given_name": "E\u0301milie", "family_name": "du Cha\u0302telet"},
    {"home_branch": " east"},
    {"language": "en"},
    {"language": "pt-BR"},
    {"language": "zh-Hant-TW"},
    {"expires_on": "9999-12-31"},
    {"expires_on": "1900-01-01"},
    {"date_of_birth": "1900-01-01"},
    {"phone": "+44 20 7946 0018", "mobile": "\uff10\uff17"},
    {"address": {"street": "12 St James's Square\r\nFlat 4", "postal_code": "SW1Y", "city": "Lu\u0308beck"}},
    {"second_address": {"street": "Ockham Park"}, "other_phone": "+44 1"},
    {"title": "Dr", "preferred_name": " Ada "},
    {"guardians": []},
    {"notes": [{"text": "One.\r\nTwo.\tThree."}]},
    {"pin": "13579"},
]
REFUSED: list[dict[str, Any]] = [
    {"name": "a" + "\u0301\u0327" * 90},
    {"name": "Ada\u0085Lovelace"},
    {"name": "Ada\u0007"},
    {"name": "A" * 201},
    {"language": "English"},
    {"language": "en_GB"},
    {"language": "default"},
    {"language": "e"},
    {"home_branch": "Zu\u0308rich"},
    {"expires_on": "1899-12-31"},
    {"expires_on": "0001-01-01"},
    {"date_of_birth": "1899-12-31"},
    {"date_of_birth": "2999-12-31"},
    {"email": "nowhere"},
    {"category": "adlut"},
    {"notes": [{"text": "Nul\u0000."}]},
    {"notes": [{"text": " "}]},
    {"pin": "12"},
    {"card_number": "!"},
    {"guardians": [{"card_number": "A1", "may": []}]},
]


async def imported(service: Service, record: dict[str, Any]) -> Counts:
    async def pieces() -> AsyncIterator[bytes]:
        yield json.dumps(record).encode()

    counts = Counts()
    async for batch in service.app.state.moving_in.import_members(ImportFile(), READERS["json"](pieces(), {})):
        counts += batch.counts
    return counts


async def shown(service: Service, card_number: str) -> dict[str, Any]:
    [member] = (await service.get(f"/v1/members?card_number={card_number}")).json()["items"]
    for own in ("member_id", "number", "card_number", "joined_at", "external_id"):
        member.pop(own)
    return dict(member)


@pytest.mark.parametrize("fields", TAKEN, ids=str)
async def test_what_a_request_takes_a_file_takes_alike(service: Service, fields: dict[str, Any]) -> None:
    body = {"name": "Ada Lovelace", "category": "adult"} | fields

    asked = await service.request("POST", "/v1/members", body | {"card_number": "ASKED"})
    counts = await imported(service, body | {"card_number": "FILED"})

    assert (201, Counts(read=1, created=1)) == (asked.status_code, counts)
    assert await shown(service, "ASKED") == await shown(service, "FILED")


@pytest.mark.parametrize("fields", REFUSED, ids=str)
async def test_what_a_request_refuses_a_file_refuses_too(service: Service, fields: dict[str, Any]) -> None:
    body = {"name": "Ada Lovelace", "category": "adult", "card_number": "A1"} | fields

    asked = await service.request("POST", "/v1/members", body)
    counts = await imported(service, body)

    assert (422, Counts(read=1, failed=1)) == (asked.status_code, counts)


async def test_a_cell_that_breaks_a_line_where_there_is_one_is_read_in_one(service: Service) -> None:
    await imported(service, {"name": "Ada\r\n Lovelace", "phone": "1\t2", "category": "adult", "card_number": "A1"})

    member = await shown(service, "A1")

    assert ("Ada Lovelace", "1 2") == (member["name"], member["phone"])


async def test_a_key_that_a_file_spells_in_parts_is_found_as_it_is_typed(service: Service) -> None:
    key = "Mu\u0308ller-1"
    await imported(service, {"external_id": key, "name": "Ada", "category": "adult"})

    found = await service.get("/v1/members?external_id=M%C3%BCller-1")

    assert 1 == len(found.json()["items"])
