from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.paper import read


async def test_each_member_has_a_card_whose_number_a_scanner_reads(service: Service) -> None:
    ada = await service.enrol(card_number="20000000000018")
    kim = await service.enrol(name="김민준", card_number="AB-2")
    body = {"member_ids": [kim["member_id"], ada["member_id"]], "sheet": "card", "heading": "Library of the town"}

    answer = await service.request("POST", "/v1/member-cards", body, token=service.token(Role.LIBRARIAN))
    printed = read(answer.content)

    assert (200, "application/pdf") == (answer.status_code, answer.headers["content-type"])
    assert ["Library of the town\n김민준\nAB-2", "Library of the town\nAda Lovelace\n20000000000018"] == printed.texts
    assert [("Code128", "AB-2"), ("Code128", "20000000000018")] == printed.codes
    assert [(86, 54)] * 2 == printed.sizes


async def test_who_printed_whose_card_is_on_record(service: Service) -> None:
    ada, _ = await service.enrol(), await service.enrol()
    body = {"member_ids": [ada["member_id"]], "sheet": "card"}

    await service.request("POST", "/v1/member-cards", body, token=service.token(Role.LIBRARIAN))

    looks = (await service.get("/v1/audit?deed=listed")).json()["items"]
    assert [ada["member_id"]] == [look["member_id"] for look in looks]
