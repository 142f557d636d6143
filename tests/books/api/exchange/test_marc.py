"""The MARC record of a book, read and edited field by field."""

import json
from typing import Any

import httpx
import pytest

from tests.books.api.conftest import Service, bearer, problem
from tests.books.makers import ISBN

JSON, XML, ISO = "application/marc-in-json", "application/marcxml+xml", "application/marc"
RICH = """<collection xmlns="http://www.loc.gov/MARC21/slim"><record>
  <leader>00000cam a2200000 a 4500</leader>
  <controlfield tag="001">ocm51086742</controlfield>
  <controlfield tag="003">OCoLC</controlfield>
  <controlfield tag="008">030218s2003    enka   e      000 1 eng d</controlfield>
  <datafield tag="020" ind1=" " ind2=" "><subfield code="a">9780141439587 (pbk.)</subfield></datafield>
  <datafield tag="100" ind1="1" ind2=" "><subfield code="6">880-01</subfield><subfield code="a">Austen, Jane,</subfield></datafield>
  <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Emma /</subfield><subfield code="c">Jane Austen.</subfield></datafield>
  <datafield tag="505" ind1="0" ind2=" "><subfield code="a">Volume I</subfield></datafield>
  <datafield tag="505" ind1="0" ind2=" "><subfield code="a">Volume I</subfield></datafield>
  <datafield tag="520" ind1=" " ind2=" "><subfield code="a">Handsome, clever, and rich.</subfield></datafield>
  <datafield tag="880" ind1="1" ind2=" "><subfield code="6">100-01/$1</subfield><subfield code="a">奥斯汀</subfield></datafield>
  <datafield tag="952" ind1=" " ind2=" "><subfield code="p">1</subfield><subfield code="a">MAIN</subfield><subfield code="r">2020-01-01</subfield></datafield>
</record></collection>"""  # noqa: E501 - as it comes


async def read(service: Service, path: str, form: str = JSON) -> httpx.Response:
    answer = await service.get(path, by="librarian", Accept=form)
    assert (200, form) == (answer.status_code, answer.headers["content-type"].partition(";")[0]), answer.text
    return answer


async def put(service: Service, path: str, content: Any, *, form: str = JSON, tag: str | None = "*") -> httpx.Response:
    headers = bearer("librarian") | {"Content-Type": form} | ({} if tag is None else {"If-Match": tag})
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return await service.http.put(path, content=body, headers=headers)


async def a_rich_book(service: Service) -> str:
    """Import the rich record; return the address of the book."""
    await service.library.open_branch()
    await service.upload(RICH.encode(), query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get(f"/v1/books?isbn={ISBN}")).json()["items"]
    return f"/v1/books/{book['book_id']}"


def field(record: dict[str, Any], tag: str) -> Any:
    """Return the first field with this tag."""
    return next(each[tag] for each in record["fields"] if tag in each)


def tags(record: dict[str, Any]) -> list[str]:
    return [tag for each in record["fields"] for tag in each]


@pytest.mark.parametrize("form", [JSON, XML, ISO])
async def test_what_was_read_changes_nothing_when_it_is_sent_back(service: Service, form: str) -> None:
    path = await a_rich_book(service)
    first = await read(service, f"{path}/marc", form)

    answer = await put(service, f"{path}/marc", first.content, form=form, tag=first.headers["etag"])

    assert (200, first.headers["etag"]) == (answer.status_code, answer.headers["etag"]), answer.text
    assert first.content == answer.content
    assert 1 == (await service.get(path)).json()["version"]
    assert 1 == len((await service.get(f"{path}/history", by="librarian")).json()["items"])


async def test_the_record_has_its_fields_as_they_came_but_for_those_of_copies(service: Service) -> None:
    path = await a_rich_book(service)

    record = (await read(service, f"{path}/marc")).json()

    assert ["001", "003", "008", "020", "100", "245", "505", "505", "520", "880"] == tags(record)
    assert {"ind1": "1", "ind2": " ", "subfields": [{"6": "100-01/$1"}, {"a": "奥斯汀"}]} == field(record, "880")


async def test_a_book_that_did_not_come_as_marc_has_a_record_too(service: Service) -> None:
    book = await service.add_book(title="Romola", authors=["George Eliot"], isbns=["9780140434705"])

    record = (await read(service, f"/v1/books/{book['book_id']}/marc")).json()

    assert [{"a": "Romola"}] == field(record, "245")["subfields"]


async def test_a_record_that_is_put_is_kept_as_it_is_and_the_catalogue_follows(service: Service) -> None:
    path = await a_rich_book(service)
    first = await read(service, f"{path}/marc")
    record = first.json()
    field(record, "245")["subfields"][0] = {"a": "Emma, a novel /"}
    record["fields"].insert(-1, {"650": {"ind1": " ", "ind2": "7", "subfields": [{"a": "Matchmaking"}, {"2": "fast"}]}})
    record["fields"].append({"9AB": {"ind1": "x", "ind2": "9", "subfields": [{"z": "ours"}, {"z": "twice"}]}})

    answer = await put(service, f"{path}/marc", record, tag=first.headers["etag"])

    assert (200, record) == (answer.status_code, answer.json())
    assert record == (await read(service, f"{path}/marc")).json()
    book = (await service.get(path)).json()
    assert ("Emma, a novel", ["Matchmaking"], 2) == (book["title"], book["subjects"], book["version"])
    assert "Handsome, clever, and rich." == book["description"]
    assert 1 == len((await service.get("/v1/books?subject=matchmaking")).json()["items"])


async def test_a_field_that_the_record_no_longer_says_is_emptied_and_what_it_cannot_say_stays(service: Service) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()
    record["fields"] = [each for each in record["fields"] if not {"520", "505"} & each.keys()]

    await put(service, f"{path}/marc", record)

    book = (await service.get(path)).json()
    assert (None, ["Austen, Jane"], 2003) == (book["description"], book["authors"], book["published_year"])
    assert 1 == book["availability"]["copies"]


async def test_a_change_by_patch_shows_in_the_record(service: Service) -> None:
    path = await a_rich_book(service)

    await service.change("PATCH", path, {"title": "Emma, again"})

    shown = await read(service, f"{path}/marc")
    assert "Emma, again" in shown.text
    again = await put(service, f"{path}/marc", shown.content, tag=shown.headers["etag"])
    assert 200 == again.status_code
    assert 2 == (await service.get(path)).json()["version"]


async def test_the_history_has_what_changed_in_fields_that_the_catalogue_does_not_read(service: Service) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()
    field(record, "505")["subfields"] = [{"a": "Volumes I and II"}]

    await put(service, f"{path}/marc", record)

    newest = (await service.get(f"{path}/history", by="librarian")).json()["items"][0]
    change = {"field": "marc", "before": ["505 0  $a Volume I"], "after": ["505 0  $a Volumes I and II"]}
    assert ("revised", "librarian", [change]) == (newest["act"], newest["by"], newest["changed"])


async def test_the_fields_of_copies_stay_with_the_record_though_it_does_not_show_them(service: Service) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()
    field(record, "505")["subfields"] = [{"a": "Volumes I and II"}]

    await put(service, f"{path}/marc", record)

    exported = (await service.get("/v1/exports/books?format=marcxml", by="librarian")).text
    assert '<subfield code="r">2020-01-01</subfield>' in exported


async def test_a_record_in_marc_8_is_read_as_in_imports(service: Service) -> None:
    book = await service.add_book()
    text = b"\xe8Uber M\xe8uller"
    data = b"10\x1fa" + text + b"\x1e"
    head = b"000%02dnam  2200037 a 4500" % (24 + 13 + len(data) + 1)
    content = head + b"245%04d00000" % len(data) + b"\x1e" + data + b"\x1d"

    answer = await put(service, f"/v1/books/{book['book_id']}/marc", content, form=ISO)

    assert 200 == answer.status_code, answer.text
    changed = (await service.get(f"/v1/books/{book['book_id']}")).json()
    assert ("Über Müller", []) == (changed["title"], changed["authors"])


def also(tag: str, value: Any) -> Any:
    """Return what adds a field: a text, or indicators with subfields."""

    def changed(record: dict[str, Any]) -> dict[str, Any]:
        whole = value
        if isinstance(value, tuple):
            signs, *parts = value
            whole = {"ind1": signs[:1], "ind2": signs[1:], "subfields": [{code: text} for code, text in parts]}
        return record | {"fields": [*record["fields"], {tag: whole}]}

    return changed


def led(leader: str) -> Any:
    return lambda record: record | {"leader": leader}


@pytest.mark.parametrize(
    ("change", "code", "place", "subfield"),
    [
        (led("short"), "leader", "leader", None),
        (led("00000dam a2200000 a 4500"), "leader", "leader", None),
        (led("00000nz  a2200000 a 4500"), "leader", "leader", None),
        (also("65", ("  ", "ax")), "tag", "fields/10", None),
        (also("007", ("  ", "ax")), "field", "fields/10/007", None),
        (also("650", "text"), "field", "fields/10/650", None),
        (also("650", ("  ",)), "field", "fields/10/650", None),
        (also("006", "short"), "field", "fields/10/006", None),
        (also("245", ("00", "ax")), "field", "fields", None),
        (also("110", ("0 ", "ax")), "field", "fields", None),
        (also("650", ("# ", "ax")), "indicator", "fields/10/650", None),
        (also("650", (" ", "ax")), "indicator", "fields/10/650", None),
        (also("650", ("  ", ("ab", "x"))), "subfield", "fields/10/650/subfields/0", "ab"),
        (also("650", ("  ", "ax", ("v", "y\x1f"))), "text", "fields/10/650/subfields/1/v", "v"),
        (also("650", ("  ", ("a", "\ud800"))), "text", "fields/10/650/subfields/0/a", "a"),
        (also("505", ("  ", ("a", "x" * 10_000))), "field", "fields/10/505", None),
    ],
)
async def test_what_is_wrong_in_a_record_is_named_by_field_and_subfield(
    service: Service, change: Any, code: str, place: str, subfield: str | None
) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()

    answer = await put(service, f"{path}/marc", change(record))

    assert (422, f"invalid-marc-{code}") == problem(answer)
    (error, *_) = answer.json()["errors"]
    assert (f"/{place}", subfield) == (error["pointer"], error.get("subfield")), error
    assert record == (await read(service, f"{path}/marc")).json()


async def test_a_copy_is_not_changed_by_the_record_of_its_book(service: Service) -> None:
    path = await a_rich_book(service)
    record = also("952", ("  ", "p7"))((await read(service, f"{path}/marc")).json())

    assert (422, "marc-field-of-a-copy") == problem(await put(service, f"{path}/marc", record))


async def test_a_record_too_long_for_marc_21_is_refused(service: Service) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()
    for _ in range(11):
        record = also("505", ("  ", ("a", "x" * 9_900)))(record)

    assert (422, "record-too-long") == problem(await put(service, f"{path}/marc", record))


async def test_a_value_that_the_catalogue_cannot_take_is_refused(service: Service) -> None:
    path = await a_rich_book(service)
    record = (await read(service, f"{path}/marc")).json()
    field(record, "020")["subfields"] = [{"a": "9780141439588"}]

    assert (422, "invalid-isbn") == problem(await put(service, f"{path}/marc", record))


async def test_an_isbn_of_another_book_is_refused(service: Service) -> None:
    path = await a_rich_book(service)
    await service.add_book(title="Romola", isbns=["9780140434705"])
    record = (await read(service, f"{path}/marc")).json()
    field(record, "020")["subfields"] = [{"a": "9780140434705"}]

    assert (409, "isbn-already-catalogued") == problem(await put(service, f"{path}/marc", record))


async def test_a_dirty_record_can_be_mended_field_by_field(service: Service) -> None:
    dirty = RICH.replace('tag="505" ind1="0" ind2=" "', 'tag="505" ind1="#" ind2="#"', 1).replace(
        "00000cam", "00000zzz"
    )
    await service.upload(dirty.encode(), query="format=marcxml")
    await service.library.work()
    (book,) = (await service.get(f"/v1/books?isbn={ISBN}")).json()["items"]
    path = f"/v1/books/{book['book_id']}/marc"
    record = (await read(service, path)).json()
    field(record, "520")["subfields"] = [{"a": "Clever."}]

    assert 200 == (await put(service, path, record)).status_code


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (JSON, b"["),
        (JSON, b"[]"),
        (JSON, b'{"leader": "x"}'),
        (JSON, b'{"leader": "x", "fields": [{"245": 5}]}'),
        (JSON, b'{"leader": "x", "leader": "x", "fields": []}'),
        (JSON, b'{"leader": "x", "fields": ' + b"[" * 9_000),
        (JSON, b"\xff"),
        (XML, b"<record>"),
        (XML, b'<!DOCTYPE x [<!ENTITY a "b">]><record>&a;</record>'),
        (XML, b"<collection/>"),
        (XML, b"<collection><record/><record/></collection>"),
        (ISO, b""),
        (ISO, b"no record"),
        (ISO, b"00052nam a2200037 a 4500245001400000\x1e10\x1faThe Iliad\x1e"),
        (ISO, b"00052nam a2200037 a 4500245001400000246001400000\x1e10\x1faThe Iliad\x1e\x1d"),
    ],
)
async def test_a_body_that_is_not_one_record_is_refused(service: Service, form: str, content: bytes) -> None:
    book = await service.add_book()

    answer = await put(service, f"/v1/books/{book['book_id']}/marc", content, form=form)

    assert (422, "no-marc-record") == problem(answer)


async def test_a_text_in_another_encoding_is_named(service: Service) -> None:
    book = await service.add_book()
    content = b"00052nam a2200037 a 4500245000900000\x1e10\x1faM\xfcl\x1e\x1d"

    answer = await put(service, f"/v1/books/{book['book_id']}/marc", content, form=ISO)

    assert (422, "invalid-marc-text") == problem(answer)
    assert ("245", "a") == (answer.json()["errors"][0]["tag"], answer.json()["errors"][0]["subfield"])


@pytest.mark.parametrize(
    ("accepted", "status", "form"),
    [
        ("*/*", 200, JSON),
        (f"{ISO};q=0.2, {XML}", 200, XML),
        ("application/*", 200, JSON),
        ("application/json", 406, ""),
        ("text/html", 406, ""),
    ],
)
async def test_the_form_is_that_which_the_client_likes_best(
    service: Service, accepted: str, status: int, form: str
) -> None:
    book = await service.add_book()

    answer = await service.get(f"/v1/books/{book['book_id']}/marc", Accept=accepted)

    assert status == answer.status_code
    assert answer.headers["content-type"].startswith(form) if form else (406, "not-acceptable") == problem(answer)


async def test_a_record_is_changed_only_by_who_has_seen_it_as_it_is(service: Service) -> None:
    path = await a_rich_book(service)
    seen = await read(service, f"{path}/marc")
    await service.change("PATCH", path, {"title": "Emma, again"})
    changed = seen.text.replace("Handsome", "Clever").encode()

    assert (428, "if-match-required") == problem(await put(service, f"{path}/marc", changed, tag=None))
    assert (412, "out-of-date") == problem(await put(service, f"{path}/marc", changed, tag=seen.headers["etag"]))
    assert (415, "unsupported-media-type") == problem(await put(service, f"{path}/marc", changed, form="text/plain"))


async def test_a_file_that_changed_the_record_meanwhile_is_not_overwritten_unseen(service: Service) -> None:
    path = await a_rich_book(service)
    seen = await read(service, f"{path}/marc")
    await service.upload(RICH.replace("Volume I<", "Volume II<").encode(), query="format=marcxml")
    await service.library.work()
    changed = seen.text.replace("Handsome", "Clever").encode()

    answer = await put(service, f"{path}/marc", changed, tag=seen.headers["etag"])

    assert (412, "out-of-date") == problem(answer)


async def test_a_client_that_has_the_record_is_not_sent_it_again(service: Service) -> None:
    book = await service.add_book()
    path = f"/v1/books/{book['book_id']}/marc"
    tag = (await read(service, path)).headers["etag"]

    assert 304 == (await service.get(path, If_None_Match=tag)).status_code


async def test_a_book_that_is_not_there_has_no_record(service: Service) -> None:
    path = "/v1/books/01890a5d-ac96-774b-bcce-b302099a8057/marc"

    assert (404, "book-not-found") == problem(await service.get(path))
    assert (404, "book-not-found") == problem(await put(service, path, b'{"leader": "", "fields": []}'))


async def test_the_public_is_not_shown_the_record_of_a_suppressed_book(service: Service) -> None:
    book = await service.add_book(suppressed=True)
    path = f"/v1/books/{book['book_id']}/marc"

    assert (404, "book-not-found") == problem(await service.get(path))
    shown = await read(service, path)
    changed = await put(service, path, shown.text.replace("Emma", "Emma, again").encode())
    assert 200 == changed.status_code
    assert (await service.get(path[:-5], by="librarian")).json()["suppressed"]
