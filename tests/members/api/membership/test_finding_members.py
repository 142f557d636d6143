from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service

NAMES = ["Ada Lovelace", "Émilie du Châtelet", "Zoë O’Brien", "Ada King", "Ludwig Weiß"]


FOUND = {
    "ada": [0, 3],
    "KING AD": [3],
    "emilie chatelet": [1],
    "ÉMIL": [1],
    "obrien zoe": [2],
    "weiss": [4],
    "lovelace king": [],
    "card 3": [2],
    "M2@Search.example": [1],
    "m2@search": [],
    "%": [],
    "'; DROP TABLE members; --": [],
}


async def test_members_are_found_by_name_card_and_address(service_on_either: Service) -> None:
    service = service_on_either
    for number, name in enumerate(NAMES, start=1):
        await service.enrol(name=name, card_number=f"CARD{number}", email=f"m{number}@search.example")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}

    answers = {q: await service.http.get("/v1/members", params={"q": q}, headers=token) for q in FOUND}

    found = {q: [NAMES.index(one["name"]) for one in answer.json()["items"]] for q, answer in answers.items()}
    assert FOUND == found


CALLED = {
    "+44 20 7946 0018": [0, 1],
    "02079460018": [0, 1],
    "(020) 7946-0018": [0, 1],
    "0171 / 12 34 567": [1],
    "7946 0018": [0, 1],
    "60018": [],
    "+44 20 7946 0019": [],
}


async def test_members_are_found_by_telephone_however_it_is_written(service_on_either: Service) -> None:
    service = service_on_either
    for phones in ({"phone": "020 7946 0018"}, {"phone": "+4917 11234567", "mobile": "+44 (0)20-7946 0018"}, {}):
        await service.enrol(name="Ada", **phones)
    gone = await service.enrol(name="Ada", phone="+44 20 7946 0019")
    await service.request("PATCH", f"/v1/members/{gone['member_id']}", {"phone": "+44 1"}, If_Match="*")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}
    everybody = [one["member_id"] for one in (await service.get("/v1/members?q=ada")).json()["items"]]

    answers = {q: await service.http.get("/v1/members", params={"q": q}, headers=token) for q in CALLED}

    found = {q: [everybody.index(one["member_id"]) for one in answer.json()["items"]] for q, answer in answers.items()}
    assert CALLED == found


async def test_a_search_comes_in_pages_and_with_filters(service: Service) -> None:
    for number in range(5):
        await service.enrol(name=f"Ada {number}", category="child" if number % 2 else "adult")

    first = (await service.get("/v1/members?q=ada&limit=2&category=adult")).json()
    rest = (await service.get(f"/v1/members?q=ada&limit=2&category=adult&cursor={first['next_cursor']}")).json()

    assert ["Ada 0", "Ada 2", "Ada 4"] == [one["name"] for one in [*first["items"], *rest["items"]]]
    assert rest["next_cursor"] is None


async def test_members_are_found_by_the_number_that_they_are_told(service_on_either: Service) -> None:
    service = service_on_either
    ada, zoe = await service.enrol(name="Ada"), await service.enrol(name="Zoë")
    token = {"Authorization": f"Bearer {service.token(Role.LIBRARIAN)}"}

    for query in ({"number": zoe["number"]}, {"q": zoe["number"]}):
        answer = await service.http.get("/v1/members", params=query, headers=token)
        assert ["Zoë"] == [member["name"] for member in answer.json()["items"]]
    assert ada["number"] + 1 == zoe["number"]
