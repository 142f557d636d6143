import pytest

from books_service.application.exchange.ports import IncomingRecord
from tests.books.reading import codes, titles
from tests.books.reading import read as read_as

SHAPES = {
    "list": "- title: Emma\n- title: Persuasion\n- title: Villette\n",
    "indented list": "# books\n---\n  - title: Emma\n\n  - title: Persuasion\n  # the last\n  - title: Villette\n",
    "on the next line": "-\n  title: Emma\n-\n  title: Persuasion\n-\n  title: Villette",
    "documents": "%YAML 1.1\n---\ntitle: Emma\n---\ntitle: Persuasion\n...\n---\n# here\ntitle: Villette\n...\n",
    "flow": '[{title: Emma}, {"title": "Persuasion"},\n {title: Villette}]\n',
}


async def read(content: str | bytes, *, piece: int = 20) -> list[IncomingRecord]:
    return await read_as("yaml", content, piece=piece)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", [1, 20, 10_000])
async def test_books_are_items_of_a_list_or_documents(shape: str, piece: int) -> None:
    records = await read(SHAPES[shape], piece=piece)

    assert (["Emma", "Persuasion", "Villette"], [1, 2, 3]) == (titles(records), [one.number for one in records])


async def test_plain_words_are_texts_whatever_they_look_like() -> None:
    content = "title: no\nlanguages: no\nisbns: 0439023481\npublished_year: -0720\nedition: 2008-01-01\npublisher: ~\n"

    (record,) = await read(content)

    assert {
        "title": "no",
        "languages": ("no",),
        "isbns": ("0439023481",),
        "published_year": "-0720",
        "edition": "2008-01-01",
    } == record.raw_fields


async def test_texts_may_go_over_many_lines() -> None:
    content = (
        "- title: >\n    The long\n    title\n  description: |\n    - not an item\n    --- nor a document\n- title: x\n"
    )

    (first, _) = await read(content)

    assert ("The long title", "- not an item\n--- nor a document") == (
        first.raw_fields["title"],
        first.raw_fields["description"],
    )


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("  title: [Persuasion", "record-unreadable"),
        ("  title: Per: suasion: x", "record-unreadable"),
        ('  title: "Persuasion', "record-unreadable"),
        ("  title: x\n  title: y", "record-unreadable"),
        ("  ? [a, b]\n  : x", "record-unreadable"),
        ("  title: a\x00b", "record-unreadable"),
        ("  Persuasion", "record-unreadable"),
        ("  title: &a Persuasion", "yaml-not-plain"),
        ("  title: *a", "yaml-not-plain"),
        ("  <<: *a", "yaml-not-plain"),
        ("  title: !!python/object/apply:os.system [id]", "yaml-not-plain"),
        ("  title: !!python/name:os.system x", "yaml-not-plain"),
        ("  title: !mine x", "yaml-not-plain"),
        ("  title: !!binary aGVsbG8=", "yaml-not-plain"),
        (f"  title: {'[' * 500}{']' * 500}", "yaml-not-plain"),
        (f"  title: {'[' * 50_000}", "record-unreadable"),
        (f"  title: {'x' * 1_000_000}", "record-too-long"),
        ("  title: |\n" + "    x\n" * 200_000, "record-too-long"),
    ],
)
async def test_a_record_that_cannot_be_read_is_reported_and_stepped_over(broken: str, code: str) -> None:
    records = await read(f"- title: Emma\n-\n{broken}\n- title: Villette\n", piece=10_000)

    assert [None, code, None] == codes(records)
    assert ("Emma", "Villette") == (titles(records)[0], titles(records)[2])


async def test_anchors_that_explode_are_not_followed() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for letter, before in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{letter}: &{letter} [{','.join([f'*{before}'] * 9)}]\n"

    assert ["yaml-not-plain"] == codes(await read(f"{bomb}title: Emma\n"))


async def test_harmless_tags_are_read() -> None:
    assert ["1984"] == titles(await read("- {title: !!str 1984}\n"))
