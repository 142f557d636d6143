"""Words that were replaced stay away: each idea has the one name that docs/glossary.md gives it."""

from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, project_files
from tests.architecture.retired_words import IN_PROSE, STILL_TOLD, is_retired, retired_names, told_names

HISTORY = {"docs/glossary.md"}  # it lists what was called how


def files(suffix: str) -> list[tuple[str, Path]]:
    named = [(path.relative_to(ROOT).as_posix(), path) for path in project_files() if path.suffix == suffix]

    assert named
    return named


def test_no_name_in_the_code_is_a_retired_one() -> None:
    found = {name: retired_names(path.read_text(encoding="utf-8")) for name, path in files(".py")}

    assert {} == {name: names for name, names in found.items() if names}


def test_no_name_in_the_product_says_that_something_is_told() -> None:
    product = [(name, path) for name, path in files(".py") if not name.startswith("tests/")]

    assert set(STILL_TOLD) == {(name, told) for name, path in product for told in told_names(path.read_text("utf-8"))}


@pytest.mark.parametrize("planted", ["def tell_all(): pass", "class _ToldTwice: pass", "one.was_told = 1"])
def test_a_planted_telling_is_found(planted: str) -> None:
    assert set() != told_names(planted)


def test_no_file_or_folder_has_a_retired_name() -> None:
    parts = {(name, part) for name, _ in files(".py") for part in Path(name).with_suffix("").parts}

    assert [] == sorted(name for name, part in parts if is_retired(part))


def test_no_document_says_a_retired_word() -> None:
    found = {
        name: [line for line in path.read_text(encoding="utf-8").splitlines() if IN_PROSE.search(line)]
        for name, path in files(".md")
        if name not in HISTORY
    }

    assert {} == {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(
    "planted",
    [
        "class Whereabouts: pass",
        "class LoanShown: pass",
        "class _CardGiven: pass",
        "def lock_out_others(): pass",
        "copy.set_aside = True",
        "ring = 1",
        "def go(wish): pass",
        'loans = Table("whereabouts", metadata)',
        'Column("deed", String)',
        "FAMILIAR_PLACES = ()",
        "FakeTurnstile()",
    ],
)
def test_a_planted_name_is_found(planted: str) -> None:
    assert [] != retired_names(planted)


@pytest.mark.parametrize(
    "planted",
    [
        '"""The wish to be erased, as they found."""',
        "place_hold(desk)",
        "claims = token.claims",
        "turn_off(second_factor)",
        'body = {"wish": 1}',
        "stop.set()",
        "string = asked or given",
        "key_ring = KeyRing()",
    ],
)
def test_plain_english_is_left_alone(planted: str) -> None:
    assert [] == retired_names(planted)
