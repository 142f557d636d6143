"""Open loans of another system come in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loans_service.application.moving_in import take_in
from loans_service.domain.lendable_copy import CopyOnLoan
from loans_service.domain.moving_in.former_loan import WHY
from loans_service.persistence.tables import holds, loan_history, loans
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.file_records import Batch, Counts
from shared.kernel.imports import ImportNotes, LeaseLost
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.makers import ADA, default_document, euros
from tests.loans.persistence.lending.test_sweep import sweep_now

LOAN: dict[str, Any] = {
    "external_id": "issue-1",
    "barcode": "30000000000019",
    "card_number": "ADA",
    "checked_out_at": "2026-01-10T15:00:00Z",
    "due_at": "2026-01-31",
    "renewals": 1,
}
BARCODE = str(LOAN["barcode"])


async def test_a_loan_goes_on_as_it_was_and_nobody_is_told_of_the_past(home: NewHome) -> None:
    whole = await home.bring("loans", LOAN)

    (loan,) = await home.rows(loans)
    assert (Counts(read=1, created=1), ()) == (whole.counts, whole.errors)
    assert (ADA, datetime(2026, 1, 10, 15, tzinfo=UTC), datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), 1) == (
        loan["member_id"], loan["checked_out_at"], loan["due_at"], loan["renewals"]
    )  # fmt: skip
    assert {("loans.loan.checked_out", True), ("loans.copy.availability_changed", True)} == set(await home.told())


async def test_of_a_loan_that_is_long_overdue_only_what_comes_next_is_told(home: NewHome) -> None:
    await home.bring("loans", LOAN | {"due_at": "2026-02-27"})

    (loan,) = await home.rows(loans)
    assert 2 == loan["reminders"], "it is due soon, and late: both would have been told"
    assert datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC) == loan["remind_at"]


async def test_a_loan_that_is_overdue_for_years_is_given_up_only_so_many_days_after_it_came(home: NewHome) -> None:
    await home.bring("loans", LOAN | {"checked_out_at": "2022-01-10", "due_at": "2022-01-31"})

    lost = []
    for days in (0, 1, 41, 1):
        home.branch.clock.pass_by(timedelta(days=days))
        lost.append((await sweep_now(home.branch)).lost)

    assert [0, 0, 0, 1] == lost
    entries = [(each["type"], each["why"]) for each in await home.rows(loan_history)]
    assert [("checked_out", ""), ("taken_over", WHY), ("declared_lost", "42 days overdue")] == entries


@pytest.mark.parametrize("first", ["2026-03-03", "2026-03-18"], ids=["as it came", "as it came again"])
async def test_a_loan_that_renews_itself_does_so_though_it_came_shortly_before_it_is_due(
    home: NewHome, first: str
) -> None:
    await home.branch.put_policy(rules=[rule | {"auto_renew": True} for rule in default_document()["rules"]])

    for due_at in (first, "2026-03-03"):
        await home.bring("loans", LOAN | {"due_at": due_at, "renewals": 0})

    swept = await sweep_now(home.branch)
    assert (1, 0) == (swept.renewed, swept.reminded)


async def test_a_loan_that_came_can_be_returned_and_costs_what_its_lateness_costs(home: NewHome) -> None:
    await home.bring("loans", LOAN)

    back = await home.branch.scan(BARCODE)

    assert back.loan is not None
    assert back.fine is not None
    assert ("overdue", euros(600)) == (back.fine.reason, back.fine.amount)


async def test_the_same_file_again_changes_nothing_whatever_happened_since(home: NewHome) -> None:
    natural = {name: value for name, value in LOAN.items() if name != "external_id"} | {"barcode": "C2"}
    await home.bring("loans", LOAN, natural)
    await home.branch.bring_back(BARCODE)
    before = await home.rows(loans)

    again = await home.bring("loans", LOAN, natural)

    assert Counts(read=2, skipped=2) == again.counts
    assert before == await home.rows(loans)


async def test_a_record_that_says_something_else_now_revises_the_loan(home: NewHome) -> None:
    await home.bring("loans", LOAN)

    again = await home.bring("loans", LOAN | {"due_at": "2026-03-20", "renewals": 2})

    (loan,) = await home.rows(loans)
    assert Counts(read=1, updated=1) == again.counts
    assert (datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC), 2) == (loan["due_at"], loan["renewals"])


async def test_a_loan_that_came_back_here_is_not_opened_again_by_another_word_on_it(home: NewHome) -> None:
    await home.bring("loans", LOAN)
    await home.branch.bring_back(BARCODE)

    again = await home.bring("loans", LOAN | {"due_at": "2026-03-20"})

    assert Counts(read=1, skipped=1) == again.counts
    assert 0 == await home.branch.open_loans()


@pytest.mark.parametrize(("status", "told"), [("lost", "declared_lost"), ("claimed_returned", "claimed_returned")])
async def test_lost_and_claimed_loans_stay_so_and_cost_nothing_by_that(home: NewHome, status: str, told: str) -> None:
    await home.bring("loans", LOAN | {"status": status})

    (loan,) = await home.rows(loans)
    missed = loan["lost_at"] if status == "lost" else loan["claimed_at"]
    assert loan["due_at"] == missed, "nobody misses a copy before it is due"
    assert (f"loans.loan.{told}", True) in await home.told()
    assert not [event for event, _ in await home.told() if event.startswith("loans.fine")]


async def test_limits_are_reported_and_hold_nothing_up(home: NewHome) -> None:
    await home.branch.put_policy(terms=[{"category": None, "most_loans": 1, "most_holds": 1, "most_overdue": 1,
                                         "most_owed": {"amount": 1000, "currency": "EUR"}}])  # fmt: skip

    whole = await home.bring("loans", LOAN, LOAN | {"external_id": "2", "barcode": "C2"})

    assert Counts(read=2, created=2) == whole.counts
    assert [(2, "loan-limit-reached")] == [(error.record, error.code) for error in whole.errors]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"barcode": "NONE", "card_number": "NOBODY"}, ["copy-not-found", "member-not-found"]),
        ({"card_number": "OLD"}, ["card-replaced"]),
        ({"card_number": "LOST"}, ["card-stopped"]),
        ({"branch": "MOON"}, ["unknown-branch"]),
        ({"due_at": "2026-01-01"}, ["invalid-time"]),
        ({"checked_out_at": "2027-01-01"}, ["invalid-time"]),
        ({"renewals": "many", "status": "gone"}, ["invalid-field", "invalid-field"]),
        ({"due_at": None}, ["invalid-field"]),
    ],
)
async def test_a_bad_record_is_told_with_all_that_is_wrong_and_stops_no_other(
    home: NewHome, change: dict[str, Any], codes: list[str]
) -> None:
    whole = await home.bring("loans", LOAN | change | {"external_id": "bad"}, LOAN)

    assert Counts(read=2, created=1, failed=1) == whole.counts
    assert [(1, "bad", code) for code in codes] == [(e.record, e.identifier, e.code) for e in whole.errors]


async def test_a_copy_that_somebody_else_has_here_is_not_lent_twice(home: NewHome) -> None:
    await home.branch.check_out(BARCODE, card="KIM")

    whole = await home.bring("loans", LOAN)

    assert (Counts(read=1, failed=1), [CopyOnLoan.code]) == (whole.counts, [error.code for error in whole.errors])


async def test_a_dry_run_tells_the_same_and_changes_nothing(home: NewHome) -> None:
    whole = await home.bring("loans", LOAN, LOAN | {"external_id": "2", "card_number": "NOBODY"}, dry_run=True)

    assert Counts(read=2, created=1, failed=1) == whole.counts
    assert [] == await home.rows(loans)
    assert Counts(read=1, created=1) == (await home.bring("loans", LOAN)).counts


@pytest.mark.parametrize(
    ("change", "counted", "told"),
    [
        ({"due_at": "2026-02-15"}, "updated", []),
        ({"due_at": "2026-02-15", "renewals": 0}, "updated", ["record-differs renewals"]),
        ({"checked_out_at": "2026-01-11"}, "skipped", ["record-differs checked_out_at"]),
        ({"branch": "EAST"}, "skipped", ["record-differs branch"]),
        ({"barcode": "C2"}, "skipped", ["record-differs barcode"]),
    ],
)
async def test_in_what_a_loan_does_not_follow_its_record_is_told_once(
    home: NewHome, change: dict[str, Any], counted: str, told: list[str]
) -> None:
    await home.bring("loans", LOAN)

    assert ({counted: 1}, told) == await home.bring_again("loans", LOAN | change)


async def test_a_loan_that_has_ended_here_stays_so_and_that_is_told(home: NewHome) -> None:
    await home.bring("loans", LOAN)
    await home.branch.bring_back(BARCODE)

    assert ({"skipped": 1}, ["record-ended"]) == await home.bring_again("loans", LOAN | {"due_at": "2026-02-15"})
    (loan,) = await home.rows(loans)
    assert loan["returned_at"] is not None


HOLD = {"card_number": "ADA", "book": "Emma", "placed_at": "2026-02-01"}
DEBT = {"card_number": "ADA", "reason": "fee", "amount": 250, "since": "2026-01-15"}


@pytest.mark.parametrize(
    ("what", "record", "change"),
    [
        ("loans", LOAN, {"due_at": "2026-02-15"}),
        ("loans", LOAN | {"external_id": None}, {"renewals": 2}),
        ("holds", HOLD, {}),
        ("fines", DEBT, {"paid": 50}),
    ],
)
async def test_a_dry_run_knows_what_came_before_in_the_file_however_long_ago(
    home: NewHome, monkeypatch: pytest.MonkeyPatch, what: str, record: dict[str, Any], change: dict[str, Any]
) -> None:
    monkeypatch.setattr(take_in, "AT_ONCE", 2)
    bad = record | {"external_id": "bad", "card_number": "NOBODY"}
    file = [record, bad, record, bad, record | change, record | change]

    foreseen = await home.bring(what, *file, dry_run=True)
    done = await home.bring(what, *file)

    news = Counts(updated=1) if change else Counts(skipped=1)
    assert Counts(read=6, created=1, failed=2, skipped=2) + news == foreseen.counts
    assert (done.counts, done.errors) == (foreseen.counts, foreseen.errors)


async def test_a_hold_whose_copy_turns_out_to_be_on_loan_waits_again(home: NewHome) -> None:
    held = await home.branch.hold(card="KIM")
    assert held.target is not None
    barcode = held.target.barcode

    whole = await home.bring("loans", LOAN | {"barcode": barcode})

    (hold,) = await home.rows(holds)
    assert Counts(read=1, created=1) == whole.counts
    assert ("waiting", None) == (hold["status"], hold["copy_id"])


async def test_a_neighbour_that_is_away_for_a_moment_is_waited_for(home: NewHome) -> None:
    home.branch.members.down_for = 1

    whole = await home.bring("loans", LOAN)

    assert Counts(read=1, created=1) == whole.counts


async def test_a_neighbour_that_stays_away_ends_the_import_and_nothing_of_the_batch_is_kept(home: NewHome) -> None:
    home.branch.members.down = True

    with pytest.raises(NeighbourUnavailable):
        await home.bring("loans", LOAN)
    assert [] == await home.rows(loans)


async def test_what_was_taken_over_counts_at_the_desk(home: NewHome) -> None:
    await home.bring("loans", LOAN | {"due_at": "2026-04-01"})

    with pytest.raises(CopyOnLoan):
        await home.branch.check_out(BARCODE)
    account = await home.branch.lending.show_borrower(ADA, only_of=None)
    assert 1 == account.open_loans


async def test_a_batch_is_kept_with_its_note_or_not_at_all(home: NewHome) -> None:
    async def lost(_: ImportNotes, batch: Batch) -> None:
        noted.append((batch.counts, [error.record for error in batch.errors]))
        raise LeaseLost

    noted = list[tuple[Counts, list[int]]]()
    with pytest.raises(LeaseLost):
        await home.bring("loans", LOAN, LOAN | {"barcode": "unknown"}, note=lost)

    assert [(Counts(read=2, created=1, failed=1), [2])] == noted
    assert ([], []) == (await home.rows(loans), await home.told())
