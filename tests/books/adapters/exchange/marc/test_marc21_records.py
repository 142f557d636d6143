from collections.abc import Mapping
from typing import Any

import pytest
from pymarc import MARCReader

from books_service.adapters.exchange.marc.refusals import NoMarc
from books_service.application.exchange.ports import IncomingRecord
from books_service.domain.catalogue.record import BookRecord
from tests.books.makers import a_record
from tests.books.reading import codes, titles, written
from tests.books.reading import read as read_as

LEADER = "00000nam  2200000 a 4500"
UNICODE = "00000nam a2200000 a 4500"


def record(*fields: tuple[str, str | bytes], leader: str = LEADER, **wrong: Any) -> bytes:
    """Return a record of these fields, `$` before each subfield. `wrong` replaces directory, base or length."""
    directory, data = b"", b""
    for tag, content in fields:
        raw = content.encode() if isinstance(content, str) else content
        raw = raw.replace(b"$", b"\x1f") + b"\x1e"
        directory += f"{tag}{len(raw):04}{len(data):05}".encode()
        data += raw
    directory = bytes(wrong.get("directory", directory)) + b"\x1e"
    base = str(wrong.get("base", f"{24 + len(directory):05}"))
    length = str(wrong.get("length", f"{24 + len(directory) + len(data) + 1:05}"))
    return (length + leader[5:12] + base + leader[17:]).encode() + directory + data + b"\x1d"


EMMA = record(("245", "10$aEmma /$cJane Austen."))


async def read(content: bytes, *, piece: int = 100) -> list[IncomingRecord]:
    return await read_as("marc", content, piece=piece)


async def raw_fields(*fields: tuple[str, str | bytes], leader: str = LEADER) -> Mapping[str, Any]:
    (found,) = await read(record(("245", "10$aEmma"), *fields, leader=leader))
    assert (None, ()) == (found.problem, found.wrong)
    return found.raw_fields


async def test_punctuation_that_only_parts_fields_is_taken_off() -> None:
    content = record(
        ("020", "  $a9780141439587 (pbk.) :$c£5.99"),
        ("100", "1 $aAusten, Jane,$d1775-1817."),
        ("245", "10$aEmma :$ba novel in three volumes /$cJane Austen."),
        ("250", "  $a2nd ed. /$bedited by F. Stafford."),
        ("260", "  $aLondon :$bPenguin Books, Inc.,$cc2003."),
        ("490", "1 $aPenguin classics ;$v12"),
        ("650", " 0$aYoung women$zEngland$vFiction."),
    )

    (found,) = await read(content)

    assert {
        "title": "Emma",
        "subtitle": "a novel in three volumes",
        "authors": ("Austen, Jane",),
        "isbns": ("9780141439587",),
        "edition": "2nd ed. / edited by F. Stafford",
        "place": "London",
        "publisher": "Penguin Books, Inc.",
        "published_year": "2003",
        "series": (("Penguin classics", "12"),),
        "subjects": ("Young women -- England -- Fiction",),
    } == found.raw_fields


@pytest.mark.parametrize(
    ("leader", "title"), [(UNICODE, "Emma"), (UNICODE[:18] + "c" + UNICODE[19:], "Emma /"), (LEADER, "Emma")]
)
async def test_where_the_leader_says_that_there_is_no_such_punctuation_none_is_taken_off(
    leader: str, title: str
) -> None:
    assert [title] == titles(await read(record(("245", "10$aEmma /"), leader=leader)))


@pytest.mark.parametrize(
    ("written_", "title"),
    [
        ("$aEmma.", "Emma"),
        ("$aWhat then ...", "What then ..."),
        ("$aJ. R. R.", "J. R. R."),
        ("$aThe fall of the house of Acme Inc.", "The fall of the house of Acme Inc."),
        ("$aFaust.$nPart 1,$pThe tragedy /$cGoethe", "Faust. Part 1, The tragedy"),
        ("$aEmma$h[microform] /$cAusten", "Emma"),
        ("$aEffective C++", "Effective C++"),
        ("$aA kit +$esome maps", "A kit"),
    ],
)
async def test_a_sign_stays_where_it_belongs_to_a_word(written_: str, title: str) -> None:
    assert [title] == titles(await read(record(("245", f"10{written_}"))))


@pytest.mark.parametrize(
    ("coded", "fields", "year"),
    [
        ("s2001", [("260", "  $cc2000.")], "2001"),
        ("s19uu", [("260", "  $c[1957?]")], "1957"),
        ("nuuuu", [("260", "  $cMCMXC")], None),
        ("r20031815", [("264", " 1$c2003")], "2003"),
        ("s0850", [], "850"),
        ("s2001", [("260", "  $c1999"), ("264", " 1$c2002"), ("264", " 4$c2000")], "2002"),
        ("s    ", [("264", " 4$c©1999.")], "1999"),
    ],
)
async def test_the_year_is_that_of_this_edition(coded: str, fields: list[tuple[str, str]], year: str | None) -> None:
    found = await raw_fields(("008", f"990802{coded:<9}mau           000 0 eng  "), *fields)

    assert (year, ("eng",)) == (found.get("published_year"), found["languages"])


@pytest.mark.parametrize(
    ("coded", "fields", "languages"),
    [
        ("fre", [], "fre"),
        ("   ", [("041", "1 $aengfre$hger")], "eng fre"),
        ("fre", [("041", "0 $aeng$afre"), ("041", "0 $arus")], "fre eng fre rus"),
        ("mul", [("041", "0 $aeng$afre$hrus")], "eng fre"),
        ("und", [("041", "0 $aSwedish")], "Swe"),
        ("|||", [], ""),
        ("ger", [("041", " 7$ade$aen$2iso639-1"), ("041", " 7$agsw$2iso639-3")], "de en gsw"),
    ],
)
async def test_the_languages_are_coded_in_several_places_that_of_the_text_first(
    coded: str, fields: list[tuple[str, str]], languages: str
) -> None:
    found = await raw_fields(("008", f"990802s2001    mau           000 0 {coded}  "), *fields)

    assert tuple(dict.fromkeys(languages.split())) == found.get("languages", ())


async def test_relators_say_what_everybody_did() -> None:
    found = await raw_fields(
        ("100", "0 $aHomer,$eauthor."),
        ("700", "1 $aFagles, Robert,$etranslator,$ewriter of introduction."),
        ("700", "1 $aKnox, Bernard,$4edt$4http://id.loc.gov/vocabulary/relators/aui"),
        ("700", "1 $aCormen, Thomas H.$tIntroduction to algorithms."),
        ("700", "1 $aDoe, Jane,$ebinder."),
        ("710", "2 $aPenguin Books.$bClassics."),
    )

    assert ("Homer", "Penguin Books. Classics") == found["authors"]
    assert (
        ("Fagles, Robert", "translator"),
        ("Fagles, Robert", "contributor"),
        ("Knox, Bernard", "editor"),
        ("Knox, Bernard", "introducer"),
        ("Doe, Jane", "contributor"),
    ) == found["contributors"]


async def test_numbers_of_all_kinds_are_kept_with_whose_they_are() -> None:
    found = await raw_fields(
        ("001", "ocm44279786"),
        ("003", "OCoLC"),
        ("010", "  $a   99043581 "),
        ("020", "  $a0201616220"),
        ("020", "  $a020161622X (alk. paper)$z9780000000000"),
        ("020", "  $a9780141439587"),
        ("022", "0 $a0028-0836"),
        ("024", "7 $a10.1000/182$2doi"),
        ("024", "3 $a4006381333931"),
        ("024", "7 $a77$2local"),
        ("035", "  $a(OCoLC)ocm44279786"),
        ("035", "  $a(DLC)   99043581"),
        ("035", "  $a4711"),
    )

    assert ("020161622X", "9780141439587") == found["isbns"]
    assert (
        ("control_number", "ocm44279786", "OCoLC"),
        ("lccn", "99043581", None),
        ("issn", "0028-0836", None),
        ("doi", "10.1000/182", None),
        ("ean", "4006381333931", None),
        ("other", "77", "local"),
        ("oclc", "44279786", None),
        ("control_number", "99043581", "DLC"),
        ("control_number", "4711", None),
    ) == found["identifiers"]


async def test_an_isbn_that_is_none_is_handed_on_to_be_reported() -> None:
    assert ("0201616220",) == (await raw_fields(("020", "  $a0201616220 (v. 1)")))["isbns"]


async def test_series_come_from_the_book_or_else_from_the_library_and_other_scripts_are_left_alone() -> None:
    both = await raw_fields(("490", "1 $aPenguin classics$v3"), ("830", " 0$aPenguin classics ;$v3."))
    traced = await raw_fields(
        ("800", "1 $aKnuth, Donald.$tArt of computer programming ;$v1"), ("880", "10$6245-01$a\u042d\u043c\u043c\u0430")
    )

    assert (("Penguin classics", "3"),) == both["series"]
    assert (("Art of computer programming", "1"),) == traced["series"]
    assert "Emma" == traced["title"]


async def test_descriptions_of_several_fields_are_several_paragraphs() -> None:
    assert "One.\nTwo." == (await raw_fields(("520", "  $aOne."), ("520", "  $aTwo.")))["description"]
    assert "One." == (await raw_fields(("520", "  $cx"), ("520", "  $aOne."), ("520", "  $cx")))["description"]
    assert "description" not in await raw_fields(("520", "  $cx"), ("520", "  $cx"))


@pytest.mark.parametrize(
    ("raw", "leader", "title"),
    [
        (b"10$aM\xe8archen", LEADER, "Märchen"),  # MARC-8: the diaeresis comes before its letter
        (b"10$a\x1b(N\x6d\x69\x72\x1b(B", LEADER, "МИР"),  # MARC-8: switched to Cyrillic and back
        ("10$aMärchen".encode(), LEADER, "Märchen"),  # the leader says MARC-8, but it is UTF-8
        ("10$aMa\u0308rchen".encode(), UNICODE, "Ma\u0308rchen"),
    ],
)
async def test_text_is_in_marc_8_or_in_utf_8_whatever_the_leader_says(raw: bytes, leader: str, title: str) -> None:
    assert [title] == titles(await read(record(("245", raw), leader=leader)))


async def test_a_field_in_no_encoding_that_can_be_is_left_out_and_reported() -> None:
    content = record(("245", "10$aEmma"), ("260", b"  $bP\xe9nguin"), leader=UNICODE)

    (found,) = await read(content)

    assert ({"title": "Emma"}, ["marc-text-broken"]) == (found.raw_fields, [error.code for error in found.wrong])
    assert "260" in found.wrong[0].detail


@pytest.mark.parametrize(
    "dirty",
    [
        record(("245", "10$aEmma /$cJane Austen."), length="99999"),
        record(("245", "10$aEmma /$cJane Austen."), length="00001"),
        record(("245", "10$aEmma /$cJane Austen."), base="99937"),
        record(("245", "10$aEmma /$cJane Austen."), base="f0037"),
        record(("245", "$aEmma /$cJane Austen.")),
        record(("245", "1$aEmma /$cJane Austen.")),
        record(("245", "1xyz$aEmma /$cJane Austen.")),
        record(("245", b"\xff\xfe$aEmma /$cJane Austen.")),
        record(("245", "10$aEmma /$$$cJane Austen.")),
        record(("245", "10$aEmma /$\xe9what$cJane Austen.")),
        record(("245", "10$aEmma /$cJane Austen."), directory=b"245999999999"),
        record(("500", "  $aA note"), ("245", "10$aEmma /"), directory=b"500001100000245000900050"),
        b"\n\n" + EMMA + b"\r\n",
        b"This is no MARC: 12345678901234567890123\n" + EMMA,
    ],
)  # fmt: skip
async def test_what_is_wrong_about_a_record_but_not_in_it_does_not_matter(dirty: bytes) -> None:
    records = await read(EMMA + dirty + EMMA)

    assert ["Emma"] * 3 == titles(records)
    assert [()] * 3 == [found.wrong for found in records]


@pytest.mark.parametrize("directory", [b"2450089000001", b"245\xc3\xb908900001", b"245", b"245001000000100001000000"])
async def test_a_broken_directory_is_reported_and_its_order_believed(directory: bytes) -> None:
    (found,) = await read(record(("245", "10$aEmma /"), directory=directory))

    assert ({"title": "Emma"}, ["marc-directory-broken"]) == (found.raw_fields, [error.code for error in found.wrong])


@pytest.mark.parametrize(
    ("dirty", "code"),
    [
        (b"no leader, but an end\x1d", "record-unreadable"),
        (b"x" * 3_000_000 + b"\x1d", "record-too-long"),
        (record(("245", "10$aEmma" + "\x1e" * 10_001)), "record-too-long"),
        (record(("245", "10$aEmma"), leader=LEADER.replace("nam", "dam")), "marc-deleted"),
    ],
)
async def test_what_is_no_record_is_reported_and_stepped_over(dirty: bytes, code: str) -> None:
    assert [None, code, None] == codes(await read(EMMA + dirty + EMMA, piece=256 * 1024))


async def test_a_record_without_a_title_is_left_to_the_catalogue() -> None:
    (found,) = await read(record(("100", "1 $aAusten, Jane")))

    assert (None, {"authors": ("Austen, Jane",)}) == (found.problem, found.raw_fields)


@pytest.mark.parametrize("cut", [10, 30, len(EMMA) - 1])
async def test_a_file_that_breaks_off_says_so_of_its_last_record(cut: int) -> None:
    assert [None, "record-unreadable"] == codes(await read(EMMA + EMMA[:cut]))


@pytest.mark.parametrize("content", [b"title\nEmma\n", b"<collection/>", b"{}" * 100, b"\x1d\x1dx"])
async def test_a_file_without_any_record_is_refused(content: bytes) -> None:
    with pytest.raises(NoMarc):
        await read(content)


async def test_what_we_write_others_can_read() -> None:
    book = a_record(title="Märchen", isbns=["9780141439587"], identifiers=[("control_number", "1", "DLC")])

    (found,) = MARCReader(written("marc", [book]))

    assert found is not None
    assert ("Märchen", "9780141439587", "Austen") == (found.title, found.isbn, str(found.author)[5:11])
    assert ("1", "DLC", "1815") == (found["001"].data, found["003"].data, str(found["008"].data)[7:11])
    assert BookRecord.repaired((await read(written("marc", [book])))[0].raw_fields)[0] == book
