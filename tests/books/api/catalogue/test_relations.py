"""Books that belong together: parts, editions and successors, as clients see them from either side."""

from typing import Any

import pytest

from tests.books.api.conftest import Service
from tests.books.makers import any_id


async def related(service: Service, book: dict[str, Any], *relations: dict[str, Any], method: str = "PATCH") -> Any:
    body = {"relations": [*relations]} | ({} if method == "PATCH" else {"title": book["title"]})
    return await service.change(method, f"/v1/books/{book['book_id']}", body, if_match="*")


async def shown(service: Service, book: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    found = (await service.get(f"/v1/books/{book['book_id']}")).json()["relations"]
    return [(each["kind"], each["title"], each["label"]) for each in found]


def to(kind: str, book: dict[str, Any], **label: str) -> dict[str, Any]:
    return {"kind": kind, "book_id": book["book_id"], **label}


async def books(service: Service, *titles: str) -> list[dict[str, Any]]:
    return [await service.add_book(title=title) for title in titles]


@pytest.mark.parametrize(
    ("kind", "inverse"),
    [
        ("part_of", "has_part"),
        ("has_part", "part_of"),
        ("other_edition", "other_edition"),
        ("continues", "continued_by"),
        ("continued_by", "continues"),
    ],
)
async def test_a_relation_is_set_from_one_side_and_told_of_both(service: Service, kind: str, inverse: str) -> None:
    one, other = await books(service, "Ada", "Zoe")

    answer = await related(service, one, to(kind, other, label="1904"))

    assert (200, 2, [(kind, "Zoe", "1904")]) == (
        answer.status_code, answer.json()["version"], await shown(service, one)
    )  # fmt: skip
    assert answer.json() == (await service.get(f"/v1/books/{one['book_id']}")).json()
    assert [(inverse, "Ada", "1904")] == await shown(service, other)
    assert answer.headers["etag"] == (await service.get(f"/v1/books/{one['book_id']}")).headers["etag"]


async def test_a_new_book_comes_with_its_relations_and_a_list_does_not_tell_them(service: Service) -> None:
    (whole,) = await books(service, "The whole")

    part = await service.post("/v1/books", {"title": "A part", "relations": [to("part_of", whole, label="2")]})

    assert (201, [("has_part", "A part", "2")]) == (part.status_code, await shown(service, whole))
    assert "part_of" == part.json()["relations"][0]["kind"]
    assert [None, None] == [each["relations"] for each in (await service.get("/v1/books")).json()["items"]]


async def test_a_record_of_a_file_that_names_its_host_is_a_part_of_that_whichever_comes_first(service: Service) -> None:
    def record(number: str, title: str, host: str = "") -> str:
        return (
            f'<record><leader>00000nam a2200000 a 4500</leader><controlfield tag="001">{number}</controlfield>'
            f'<controlfield tag="003">DE-101</controlfield>{host}'
            f'<datafield tag="245" ind1="0" ind2="0"><subfield code="a">{title}</subfield></datafield></record>'
        )

    host = (
        '<datafield tag="773" ind1="0" ind2=" "><subfield code="g">No. 3</subfield>'
        '<subfield code="w">(DE-101)2</subfield></datafield>'
    )
    file = f"<collection>{record('1', 'Rain', host)}{record('2', 'Weather')}</collection>"

    await service.upload(file.encode(), query="format=marcxml")
    await service.library.work()

    named = {each["title"]: each for each in (await service.get("/v1/books")).json()["items"]}
    assert [("part_of", "Weather", "No. 3")] == await shown(service, named["Rain"])
    assert [("has_part", "Rain", "No. 3")] == await shown(service, named["Weather"])


async def test_the_list_replaces_all_relations_and_who_names_none_changes_none(service: Service) -> None:
    one, other, third = await books(service, "Ada", "Mia", "Zoe")
    await related(service, one, to("has_part", other), to("continues", third))

    untouched = await service.change("PUT", f"/v1/books/{one['book_id']}", {"title": "Ada"}, if_match="*")
    await related(service, other, to("part_of", one, label="1"), to("other_edition", third))

    assert 2 == len(untouched.json()["relations"])
    assert [("has_part", "Mia", "1"), ("continues", "Zoe", None)] == await shown(service, one)
    assert [("continued_by", "Ada", None), ("other_edition", "Mia", None)] == await shown(service, third)
    emptied = await service.change("PATCH", f"/v1/books/{one['book_id']}", {"relations": None}, if_match="*")
    assert ([], [("other_edition", "Mia", None)]) == (emptied.json()["relations"], await shown(service, third))


async def test_the_same_relations_again_change_nothing_and_each_change_is_in_both_histories(service: Service) -> None:
    one, other = await books(service, "Ada", "Zoe")

    versions = [(await related(service, one, to("continues", other))).json()["version"] for _ in range(2)]

    assert [2, 2] == versions
    for book, kind, named in ((one, "continues", other), (other, "continued_by", one)):
        history = (await service.get(f"/v1/books/{book['book_id']}/history", by="librarian")).json()["items"]
        assert ["revised", "added"] == [each["act"] for each in history]
        relation = {"kind": kind, "book_id": named["book_id"], "label": None}
        assert [{"field": "relations", "before": [], "after": [relation]}] == history[0]["changed"]


async def test_a_change_on_the_other_side_changes_the_entity_tag_but_disturbs_nobody(service: Service) -> None:
    one, other = await books(service, "Ada", "Zoe")
    before = await service.get(f"/v1/books/{other['book_id']}")

    await related(service, one, to("continues", other))

    after = await service.get(f"/v1/books/{other['book_id']}", If_None_Match=before.headers["etag"])
    assert (200, before.json()["version"]) == (after.status_code, after.json()["version"])


async def test_what_is_impossible_is_refused_and_changes_nothing(service: Service) -> None:
    one, other, third = await books(service, "Ada", "Mia", "Zoe")
    nowhere = {"kind": "part_of", "book_id": str(any_id())}
    await related(service, other, to("part_of", third))
    await related(service, one, to("part_of", other))

    refused = [
        await related(service, one, to("part_of", one)),
        await related(service, one, to("part_of", other), to("continues", other)),
        await related(service, one, nowhere),
        await related(service, third, to("part_of", one), to("has_part", other)),
        await related(service, one, to("has_part", third), to("part_of", other)),
        await service.post("/v1/books", {"title": "New", "relations": [to("part_of", one), to("has_part", third)]}),
        await related(service, one, {"kind": "twin_of", "book_id": other["book_id"]}),
    ]

    assert [422] * 7 == [answer.status_code for answer in refused]
    assert [
        "related-to-itself", "related-twice", "related-book-not-found", *["part-of-itself"] * 3
    ] == [answer.json()["code"] for answer in refused[:6]]  # fmt: skip
    assert [("part_of", "Mia", None)] == await shown(service, one)
    assert 3 == len((await service.get("/v1/books")).json()["items"])


async def test_a_merged_book_stands_for_the_one_in_its_place(service: Service) -> None:
    one, goes, stays = await books(service, "Ada", "Mia", "Zoe")
    await service.post(f"/v1/books/{goes['book_id']}/merge", {"into": stays["book_id"]})

    await related(service, one, to("part_of", goes))

    assert [("part_of", "Zoe", None)] == await shown(service, one)
    assert 422 == (await related(service, stays, to("part_of", goes))).status_code
    assert 422 == (await related(service, one, to("part_of", goes), to("part_of", stays))).status_code


async def test_a_merger_moves_relations_but_none_to_itself_and_no_circle(service: Service) -> None:
    goes, stays, whole, series = await books(service, "Goes", "Stays", "Whole", "Series")
    await related(service, goes, to("part_of", whole), to("other_edition", series, label="1904"))
    await related(service, stays, to("has_part", whole), to("other_edition", goes))

    merged = await service.post(f"/v1/books/{goes['book_id']}/merge", {"into": stays["book_id"]})

    found = [("other_edition", "Series", "1904"), ("has_part", "Whole", None)]
    assert (200, found) == (merged.status_code, await shown(service, stays))
    assert [("part_of", "Stays", None)] == await shown(service, whole)
    assert found == [(each["kind"], each["title"], each["label"]) for each in merged.json()["relations"]]


async def test_relations_that_would_close_a_circle_are_lost_in_a_merger(service: Service) -> None:
    goes, stays, between = await books(service, "Goes", "Stays", "Between")
    await related(service, between, to("part_of", goes), to("has_part", stays))

    merged = await service.post(f"/v1/books/{goes['book_id']}/merge", {"into": stays["book_id"]})

    assert (200, [("part_of", "Between", None)]) == (merged.status_code, await shown(service, stays))


async def test_the_relations_of_a_book_go_with_it(service: Service) -> None:
    one, other = await books(service, "Ada", "Zoe")
    await related(service, one, to("continues", other))

    await service.change("DELETE", f"/v1/books/{one['book_id']}", if_match="*")

    assert [] == await shown(service, other)
    history = (await service.get(f"/v1/books/{other['book_id']}/history", by="librarian")).json()["items"]
    assert [] == history[0]["changed"][0]["after"]
    back = await service.post(f"/v1/books/{one['book_id']}/restore", {})
    assert ("Ada", []) == (back.json()["title"], back.json()["relations"]), "its record alone comes back"


async def test_the_public_is_not_shown_a_relation_to_a_book_that_is_hidden_from_it(service: Service) -> None:
    one, other = await books(service, "Ada", "Zoe")
    await related(service, one, to("continues", other))
    await service.change("PATCH", f"/v1/books/{other['book_id']}", {"suppressed": True}, if_match="*")

    to_staff = (await service.get(f"/v1/books/{one['book_id']}", by="librarian")).json()["relations"]

    assert ([], 1) == (await shown(service, one), len(to_staff))
