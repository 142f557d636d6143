import pytest

from books_service.adapters.exchange.marc.refusals import NoMarcXml, XmlWithDtd
from books_service.application.exchange.ports import IncomingRecord
from shared.kernel.file_records import FileUnusable
from tests.books.reading import codes, titles
from tests.books.reading import read as read_as

TITLE = '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">{}</subfield></datafield>'
LEADER = "<leader>00000nam a2200000 a 4500</leader>"


def record(title: str = "Emma", *, more: str = "") -> str:
    return f"<record>{LEADER}{TITLE.format(title)}{more}</record>\n"


def collection(*records: str) -> str:
    return f'<collection xmlns="http://www.loc.gov/MARC21/slim">\n{"".join(records)}</collection>'


async def read(content: str | bytes, *, piece: int = 100) -> list[IncomingRecord]:
    return await read_as("marcxml", content, piece=piece)


@pytest.mark.parametrize("piece", [1, 50, 100_000])
async def test_records_stand_in_a_collection(piece: int) -> None:
    content = '<?xml version="1.0"?>\n<!-- a <note> -->' + collection(record(), record("A &amp; B &#233; /"))

    assert ["Emma", "A & B é"] == titles(await read(content, piece=piece))


@pytest.mark.parametrize(
    "content",
    [
        record(),
        record().replace("<record", '<record xmlns="http://www.loc.gov/MARC21/slim" type="Bibliographic"'),
        collection(record()).replace("</", "</marc:").replace("<r", "<marc:r").replace("<c", "<marc:c")
        .replace("<l", "<marc:l").replace("<d", "<marc:d").replace("<s", "<marc:s").replace("xmlns", "xmlns:marc"),
        f"<OAI-PMH><ListRecords>{record()}</ListRecords></OAI-PMH>",
        collection(record("<![CDATA[Emma]]>")),
    ],
)  # fmt: skip
async def test_records_may_be_named_and_wrapped_as_others_do(content: str) -> None:
    assert ["Emma"] == titles(await read(content))


SRU = (
    '<zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/"><zs:records>'
    "<zs:record><zs:recordSchema>marcxml</zs:recordSchema><zs:recordData>{}</zs:recordData></zs:record>"
    "<zs:record><zs:recordData>{}</zs:recordData><zs:recordPosition>2</zs:recordPosition></zs:record>"
    "</zs:records></zs:searchRetrieveResponse>"
)
OAI = (
    "<OAI-PMH><ListRecords><record><header><identifier>1</identifier></header><metadata>{}</metadata></record>"
    "<!-- <record> --><record><header/><metadata>{}</metadata></record></ListRecords></OAI-PMH>"
)


@pytest.mark.parametrize("wrapped", [SRU, SRU.replace("zs:", ""), OAI])
@pytest.mark.parametrize("piece", [1, 50, 100_000])
async def test_records_may_be_wrapped_in_records_of_another_kind(wrapped: str, piece: int) -> None:
    records = await read(wrapped.format(record(), record("Villette")), piece=piece)

    assert ["Emma", "Villette"] == titles(records)
    assert [None, None] == codes(records)


@pytest.mark.parametrize("piece", [1, 50, 100_000])
async def test_what_is_commented_out_is_no_record(piece: int) -> None:
    content = collection(f"<!-- {record('Not yet')} --><!---->", record(), "<!-- </record> -->", record("Villette"))

    assert ["Emma", "Villette"] == titles(await read(content, piece=piece))


@pytest.mark.parametrize("piece", [1, 50, 100_000])
@pytest.mark.parametrize(
    "bare", ["<record/>", '<record xmlns="urn:x" id="1" />', f'<record x="{"A" * 2_500}"></record>']
)
async def test_a_record_without_anything_in_it_costs_the_next_one_nothing(bare: str, piece: int) -> None:
    records = await read(collection(record(), bare, record("Villette")), piece=piece)

    assert ["Emma", "Villette"] == [records[0].raw_fields["title"], records[2].raw_fields["title"]]
    assert {} == records[1].raw_fields


@pytest.mark.parametrize(
    "broken",
    [
        record().replace("</subfield>", ""),
        record("A & B"),
        record("&nbsp;"),
        record("&lol9;"),
        record('<a b="1" b="2"/>'),
        record("\x00"),
        record("<!DOCTYPE x>"),
    ],
)
async def test_a_record_that_is_no_xml_is_reported_and_stepped_over(broken: str) -> None:
    records = await read(collection(record(), broken, record("Villette")))

    assert [None, "record-unreadable", None] == codes(records)
    assert "Villette" == titles(records)[2]


async def test_a_record_without_end_is_reported() -> None:
    assert [None, "record-unreadable"] == codes(await read(collection(record(), record()[:-30])))


async def test_a_record_without_end_costs_the_next_one_nothing() -> None:
    records = await read(collection(record(), record().replace("</record>", ""), record("Villette")))

    assert [None, "record-unreadable", None] == codes(records)
    assert "Villette" == titles(records)[2]


@pytest.mark.parametrize("content", ["x" * 2_000_000, "<a>" * 300_000, "&amp;" * 300_000])
async def test_a_record_without_measure_is_reported_and_stepped_over(content: str) -> None:
    records = await read(collection(record(), record(content), record("Villette")), piece=256 * 1024)

    assert [None, "record-too-long", None] == codes(records)


async def test_a_tag_without_measure_is_reported_and_costs_the_next_record_nothing() -> None:
    records = await read(collection(f'<record x="{"A" * 2_000_000}"/>', record()), piece=256 * 1024)

    assert ["record-too-long", None] == codes(records)


async def test_deep_nesting_costs_nothing_but_its_record() -> None:
    records = await read(collection(record("<a>" * 70_000), record("<a>" * 30_000 + "</a>" * 30_000), record()))

    assert ["record-unreadable", None, None] == codes(records)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("piece", [1, 100_000])
async def test_a_document_type_is_refused(prolog: str, piece: int) -> None:
    with pytest.raises(XmlWithDtd):
        await read(f"<?xml version='1.0'?>\n{prolog}\n{collection(record('&lol2;'))}", piece=piece)


@pytest.mark.parametrize("content", ["title\nEmma\n", "<html><body/></html>", "{}", "<"])
async def test_a_file_without_marcxml_is_refused(content: str) -> None:
    with pytest.raises(NoMarcXml):
        await read(content)


@pytest.mark.parametrize(("encoding", "declared"), [("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252")])
async def test_a_file_may_declare_its_encoding(encoding: str, declared: str) -> None:
    content = f'<?xml version="1.0" encoding="{declared}"?>{collection(record("Émile"))}'

    assert ["Émile"] == titles(await read(content.encode(encoding)))


@pytest.mark.parametrize("declared", ["KOI8-R", "utf-7", "base64", "no-such"])
async def test_other_encodings_are_refused(declared: str) -> None:
    with pytest.raises(FileUnusable, match="UTF-8"):
        await read(f'<?xml version="1.0" encoding="{declared}"?>{collection(record())}')
