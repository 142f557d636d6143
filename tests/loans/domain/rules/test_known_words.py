from loans_service.domain.rules.known_words import KnownWords, alike

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


def test_an_item_type_that_books_cannot_write_is_one_that_no_copy_has() -> None:
    terms = [{"most_loans_per_item_type": {"DVD": 1, "dvd": 1}}]

    assert {"rules.0.item_type": ["blu-ray"], "terms.0.most_loans_per_item_type": ["dvd"]} == faults(
        rules=[{"item_type": "Blu Ray"}], terms=terms
    )


def test_test_cases_are_looked_at_as_well() -> None:
    case = {"category": "grown-up", "item_type": "book", "branch": "WSET"}

    assert {"cases.0.category", "cases.0.branch"} == set(faults(cases=[case]))
