import pytest

from loans_service.domain.rules.known_words import KnownWords, UnknownWord, alike

KNOWN = KnownWords(("adult", "child", "student", "senior", "staff"), ("MAIN", "EAST"))


def faults(**document: object) -> dict[str, list[str]]:
    return {fault.field: fault.figures["did_you_mean"] for fault in KNOWN.faults_of(document)}


def test_the_most_similar_words_are_meant_whatever_their_case() -> None:
    assert ["adult"] == alike("Adults", KNOWN.categories)
    assert ["MAIN"] == alike("mian", KNOWN.branches)
    assert [] == alike("zoo", KNOWN.branches)


def test_words_that_members_and_books_know_are_no_faults() -> None:
    rule = {"category": "adult", "branch": "east", "item_type": "board-game"}

    assert {} == faults(rules=[rule, {}], terms=[{"category": None}], cases=[])


def test_a_word_that_the_policy_in_force_names_may_be_gone_meanwhile() -> None:
    in_force = {"rules": [{"category": "guest"}, {"branch": "WEST"}], "terms": [{"category": None}]}
    known = KNOWN.and_those_of(in_force)

    assert [] == list(known.faults_of(in_force))
    changed = {"rules": [{"category": "guest", "branch": "west"}, {"category": "gest"}, {"category": "WEST"}]}
    assert ["rules.1.category", "rules.2.category"] == [fault.field for fault in known.faults_of(changed)]


def test_copies_float_among_branches_that_there_are_or_were() -> None:
    assert {"rules.0.floats_among": ["EAST"]} == faults(rules=[{"floats_among": ["main", "EATS"]}])
    known = KNOWN.and_those_of({"rules": [{"floats_among": ["WEST", "MAIN"]}]})
    assert [] == list(known.faults_of({"rules": [{"branch": "west"}]}))


def test_branches_of_shelf_days_and_of_transport_are_looked_at_as_well() -> None:
    holds = {
        "shelf_days": [{"branch": "WSET", "item_type": "DVD", "days": 1}, {"branch": "main", "days": 2}],
        "transport": {
            "never": [{"from": "MIAN", "to": "east", "item_type": "Game"}, {"from": None, "to": "EATS"}],
            "sources": [{"to": "EAST", "from": ["main", "MIAN"]}, {"to": "WSET", "from": ["East"]}],
        },
    }

    assert [
        "holds.shelf_days.0.branch",
        "holds.shelf_days.0.item_type",
        "holds.transport.never.0.item_type",
        "holds.transport.never.0.from",
        "holds.transport.never.1.to",
        "holds.transport.sources.0.from",
        "holds.transport.sources.1.to",
    ] == [fault.field for fault in KNOWN.faults_of({"holds": holds})]
    assert [] == list(KNOWN.faults_of({"holds": {"transport": None}}))


def test_copies_may_go_on_travelling_between_branches_that_the_policy_in_force_names() -> None:
    ways = {"never": [{"from": "WEST", "to": None}], "sources": [{"to": "NORTH", "from": ["SOUTH"]}]}
    known = KNOWN.and_those_of({"holds": {"transport": ways}})

    assert [] == list(known.faults_of({"rules": [{"branch": code} for code in ("west", "North", "south")]}))


def test_codes_of_branches_are_written_in_any_case_wherever_they_stand() -> None:
    rule = {"floats_among": ["main", "East"]}
    terms = {"most_loans_of": [{"most": 1, "branches": ["east"]}]}

    assert {} == faults(rules=[rule], terms=[terms])


def test_an_item_type_that_books_cannot_write_is_one_that_no_copy_has() -> None:
    terms = [{"most_loans_per_item_type": {"DVD": 1, "dvd": 1}, "most_holds_per_item_type": {"Game": 1}}]

    assert {
        "rules.0.item_type": ["blu-ray"],
        "terms.0.most_loans_per_item_type": ["dvd"],
        "terms.0.most_holds_per_item_type": ["game"],
    } == faults(rules=[{"item_type": "Blu Ray"}], terms=terms)


def test_locations_and_home_branches_are_looked_at_as_well() -> None:
    known = KnownWords((), ("MAIN",), ("READING",))
    rules = [{"location": "Reading", "home_branch": "main"}, {"location": "RAEDING", "home_branch": "MIAN"}]

    assert {"rules.1.home_branch": ["MAIN"], "rules.1.location": ["READING"]} == {
        fault.field: fault.figures["did_you_mean"] for fault in known.faults_of({"rules": rules})
    }
    assert [] == list(known.and_those_of({"rules": rules}).faults_of({"rules": rules}))


def test_what_shares_a_limit_is_looked_at_as_well() -> None:
    shared = [{"most": 1, "branches": ["WSET"]}, {"most": 1, "item_types": ["DVD"]}]

    assert {"terms.0.most_loans_of.0.branches", "terms.0.most_loans_of.1.item_types"} == set(
        faults(terms=[{"most_loans_of": shared}])
    )
    in_force = KNOWN.and_those_of({"terms": [{"most_loans_of": shared}]})
    assert ["terms.0.most_loans_of.1.item_types"] == [
        fault.field for fault in in_force.faults_of({"terms": [{"most_loans_of": shared}]})
    ]


def test_test_cases_are_looked_at_as_well() -> None:
    case = {"category": "grown-up", "item_type": "book", "branch": "WSET"}

    assert {"cases.0.category", "cases.0.branch"} == set(faults(cases=[case]))


@pytest.mark.parametrize(
    ("rule", "told", "figures"),
    [
        (
            {"category": "adlut"},
            "The library knows no 'adlut' here. Did you mean 'adult'?",
            {"word": "adlut", "did_you_mean": ["adult"]},
        ),
        (
            {"category": "sta"},
            "The library knows no 'sta' here. Did you mean 'staff'?",
            {"word": "sta", "did_you_mean": ["staff"]},
        ),
        (
            {"branch": "zoo"},
            "The library knows no 'zoo' here. Correct the word, or add it.",
            {"word": "zoo", "did_you_mean": []},
        ),
        (
            {"item_type": "_Blu Ray-"},
            "The library knows no '_Blu Ray-' here. Did you mean 'blu-ray'?",
            {"word": "_Blu Ray-", "did_you_mean": ["blu-ray"]},
        ),
        (
            {"item_type": "!"},
            "The library knows no '!' here. Correct the word, or add it.",
            {"word": "!", "did_you_mean": []},
        ),
    ],
)
def test_an_unknown_word_is_shown_with_what_may_have_been_meant(
    rule: dict[str, str], told: str, figures: dict[str, object]
) -> None:
    (fault,) = KNOWN.faults_of({"rules": [rule]})

    assert (told, figures) == (fault.detail, fault.figures)


def test_of_many_similar_words_the_three_most_similar_are_meant() -> None:
    assert ["cart", "carts", "cast"] == alike("cart", ["card", "cast", "cart", "carts", "warts"])
    assert "Did you mean 'a', 'b'?" in str(UnknownWord("x", "c", did_you_mean=["a", "b"]))


def test_a_category_is_written_as_members_writes_it_and_a_branch_in_any_case() -> None:
    assert {"rules.0.category": ["adult"]} == faults(rules=[{"category": "ADULT", "branch": "main"}])
