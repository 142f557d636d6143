"""The words of notices over HTTP."""

import pytest

from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service

PATH = "/v1/notice-templates/due_soon/mail/en"
WORDS = {"subject": "Soon due", "text": "Hello {{ reader.given_name }}, {{ items|length }} things."}


async def test_kinds_are_listed_with_their_class_and_variables(service: Service) -> None:
    items = (await service.get("/v1/notice-kinds")).json()["items"]
    assert len(items) == 21
    overdue = next(each for each in items if each["kind"] == "overdue")
    assert overdue["class"] == "mandatory"
    assert overdue["variables"]["properties"]["reader"]["properties"]["given_name"]["type"] == "string"
    assert set(overdue["variables"]["required"]) >= {"reader", "items", "stage"}
    assert "from" in overdue["variables"]["properties"]["changed"]["properties"]


async def test_the_shipped_words_hold_until_the_library_writes_its_own_and_again_afterwards(
    service_on_either: Service,
) -> None:
    service = service_on_either
    shipped = (await service.get(PATH)).json()
    assert (shipped["shipped"], shipped["version"]) == (True, 0)

    made = await service.request("PUT", PATH, WORDS)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert (await service.get(PATH)).json()["text"] == WORDS["text"]
    assert (await service.request("PUT", PATH, WORDS)).status_code == 428
    assert (await service.request("PUT", PATH, WORDS, If_Match='"7"')).status_code == 412
    changed = await service.request("PUT", PATH, {**WORDS, "subject": "Due"}, If_Match=made.headers["etag"])
    assert (changed.status_code, changed.json()["version"]) == (200, 2)

    of_branch = (await service.get(f"{PATH}?branch=EAST")).json()
    assert (of_branch["subject"], of_branch["branch"], of_branch["version"]) == ("Due", None, 0)
    own = await service.request("PUT", f"{PATH}?branch=east", {**WORDS, "subject": "East"})
    assert (own.status_code, own.json()["branch"]) == (201, "EAST")
    assert (await service.get(f"{PATH}?branch=EAST")).json()["subject"] == "East"

    assert (await service.request("DELETE", PATH)).status_code == 204
    assert (await service.request("DELETE", PATH)).status_code == 404
    again = (await service.get(PATH)).json()
    assert (again["text"], again["shipped"], again["version"]) == (shipped["text"], True, 3)
    first = (await service.get(f"{PATH}/versions?limit=2")).json()
    assert [each["version"] for each in first["items"]] == [3, 2]
    assert first["items"][0]["text"] is None
    rest = (await service.get(f"{PATH}/versions?limit=2&cursor={first['next_cursor']}")).json()
    assert [(each["version"], each["subject"]) for each in rest["items"]] == [(1, "Soon due")]


@pytest.mark.parametrize(
    ("words", "line", "meant", "pointer"),
    [
        ({**WORDS, "text": "a\n{{ reader.givenname }}"}, 2, "reader.given_name", "/text"),
        ({**WORDS, "html": "{{ 10**10**10 }}"}, 1, None, "/html"),
        ({**WORDS, "subject": "{% for item in items %}{{ item.title }}{% endfor %}"}, 1, None, "/subject"),
        ({"text": "no subject"}, 1, None, "/subject"),
        ({**WORDS, "text": "{{ reader.given_name - 1 }}"}, 1, None, "/text"),
    ],
)
async def test_words_that_cannot_be_filled_in_are_refused_with_the_line_invalid_template(
    service: Service, words: dict[str, str], line: int, meant: str | None, pointer: str
) -> None:
    answer = await service.request("PUT", PATH, words)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "invalid-template"
    (error,) = problem["errors"]
    assert (error["line"], error.get("did_you_mean"), error["pointer"]) == (line, meant, pointer)
    assert (await service.get(PATH)).json()["version"] == 0


async def test_a_preview_shows_the_whole_message_and_nothing_is_saved(service: Service) -> None:
    shown = (await service.request("POST", f"{PATH}/preview", {})).json()
    assert shown["text"].startswith("Dear Ada Lovelace,")
    assert "<h1>" in shown["html"]
    draft = (await service.request("POST", f"{PATH}/preview", {"subject": "x", "text": "Draft for all"})).json()
    assert "Draft for all" in draft["text"]
    assert draft["html"] is None
    assert (await service.get(PATH)).json()["version"] == 0
    frame = (await service.request("POST", "/v1/notice-templates/frame/mail/fr/preview", {})).json()
    assert frame["text"].startswith("Bonjour Ada")


async def test_a_preview_for_a_real_reader_is_on_record(service: Service) -> None:
    kim = await service.enrol(name="Kim Novak")
    shown = await service.request("POST", f"{PATH}/preview", {"member_id": kim["member_id"]})
    assert "Dear Kim Novak" in shown.json()["text"]
    trail = (await service.get(f"/v1/audit?member_id={kim['member_id']}")).json()["items"]
    assert "read" in {each["deed"] for each in trail}
    nobody = await service.request("POST", f"{PATH}/preview", {"member_id": "0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "member-not-found")


async def test_a_language_without_words_has_none_until_the_library_writes_them(service: Service) -> None:
    polish = "/v1/notice-templates/due_soon/push/pl"
    missing = await service.get(polish)
    assert (missing.status_code, missing.json()["code"]) == (404, "notice-template-not-found")
    assert (await service.request("PUT", polish, {"text": "Zwróć proszę książki."})).status_code == 201
    assert (await service.get("/v1/notice-templates/nonsense/mail/en")).status_code == 422
    assert (await service.get("/v1/notice-templates/due_soon/pigeon/en")).status_code == 422
    unknown = await service.request("PUT", f"{PATH}?branch=NOWHERE", WORDS)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-branch")


async def test_words_are_for_whoever_has_the_right_notices(service: Service) -> None:
    answer = await service.request("PUT", PATH, WORDS, token=service.token(Role.LIBRARIAN))
    assert (answer.status_code, answer.json()["code"]) == (403, "right-missing")


async def test_a_library_may_allow_titles_in_subjects_and_nobody_in_push_messages(service: Service) -> None:
    titles = {"subject": "{% for item in items %}{{ item.title }}{% endfor %}", "text": "text"}
    assert (await service.request("PUT", PATH, titles)).status_code == 422
    settings = await service.get("/v1/notice-settings")
    changed = {name: value for name, value in settings.json().items() if name not in ("version", "on_since")}
    allowed = await service.request(
        "PUT", "/v1/notice-settings", {**changed, "titles_in_subjects": True}, If_Match=settings.headers["etag"]
    )
    assert allowed.status_code == 200, allowed.text
    assert (await service.request("PUT", PATH, titles)).status_code == 201
    push = await service.request("PUT", "/v1/notice-templates/due_soon/push/en", {"text": titles["subject"]})
    assert push.json()["code"] == "invalid-template"
