"""The policy: which lending rule applies to whom, to what and where. The rules are data."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, TypeVar

from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import Arrears, CategoryTerms, limit_problems
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS, UnknownChargeKind, kind_problems
from loans_service.domain.rules.conditions import NOTHING_KNOWN, AgeRange, Particulars
from loans_service.domain.rules.due_terms import DueRange, HoursEnd, RenewFrom, WhenClosed, schedule_problems
from loans_service.domain.rules.hold_terms import HoldTerms
from loans_service.domain.rules.lost_terms import CollectionTerms, LostTerms, LostTermsOfRule, terms_of
from loans_service.domain.rules.overdue_rate import OverdueRate
from loans_service.domain.rules.recall import RecallTerms
from loans_service.domain.rules.reminders import Reminders, reminder_doubts
from loans_service.domain.rules.rental import Rental
from loans_service.domain.rules.suspension import SuspensionTerms
from shared.kernel.errors import InvalidValue, NotFound, refuse_if_any

Entry = TypeVar("Entry")


class Unit(StrEnum):
    """What a period is counted in. Hours are elapsed; the others are counted on the calendar."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class RenewWhileHeld(StrEnum):
    """Whether a loan is renewed while somebody waits for such a copy."""

    NEVER = "never"
    IF_OTHERS_AVAILABLE = "if_others_available"
    ALWAYS = "always"


class AfterReturn(StrEnum):
    """What becomes of a copy that comes back in another branch than its own and serves nobody."""

    HOME = "home"
    STAYS = "stays"


LONGEST = {Unit.HOURS: 87_600, Unit.DAYS: 3_650, Unit.WEEKS: 520, Unit.MONTHS: 120}
"""Ten years in each unit, the maximum period of a loan."""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time such as 3 weeks."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LendingRule:
    """How matching items are lent. None in `category`, `item_type`, `branch` or a condition matches any.

    `branch` is where the loan is made; `location`, of the copy, `home_branch` and `age`, of the member, are conditions.
    Codes of branches and locations are in capitals.

    `period` is None only if nothing is lent; `period_when_others_wait` replaces it while at least
    `others_wait_from` holds wait for the copy.
    `fixed_due_date` is a ceiling until it has passed; `due_schedule` has ceilings or exact due dates for parts of the
    year. A renewal lasts for `renewal_period`, None: for `period`, counted as `renew_from` says. A due date on a closed
    day moves as `when_closed` says; `hours_end` is where an hour loan ends while the desk is closed, None: as
    `when_closed` suggests. `fine` is None if lateness costs nothing. With `auto_renew` a loan renews itself when it
    would be announced as due soon; otherwise it can be renewed at most `renew_not_before_days` days before it is due.
    `unseen_renewals` is how many renewals may follow one another while nobody sees the copy, None: as many as any.
    `renew_while_held` is whether waiting holds prevent a renewal; `recall` is how a loan is shortened for a recall,
    None if it is not; `after_return` is whether copies float, and `floats_among` the branches (in capitals) among which
    those of these branches do; None: in all. `reminders` is when borrowers are reminded, the earliest first; None: as
    usual. `suspension` is for how long lateness suspends borrowing; None: it does not. `rental` is charged for each
    loan and renewal, and `deposit` until the copy is back; None: nothing. `lost` is what it says otherwise of lost
    copies, None: nothing. With `confirm_notes`, staff confirm what is noted of a copy before they lend or take it.
    With `self_check_out`, members lend themselves such copies by their own sign-in, as on a telephone.
    """

    name: str
    category: str | None = None
    item_type: str | None = None
    branch: str | None = None
    location: str | None = None
    home_branch: str | None = None
    age: AgeRange | None = None
    loanable: bool = True
    period: Period | None = None
    period_when_others_wait: Period | None = None
    others_wait_from: int = 1
    fixed_due_date: date | None = None
    due_schedule: tuple[DueRange, ...] = ()
    renewal_period: Period | None = None
    renew_from: RenewFrom = RenewFrom.DUE
    when_closed: WhenClosed = WhenClosed.NEXT
    hours_end: HoursEnd | None = None
    renewals: int = 0
    unseen_renewals: int | None = None
    holds_allowed: bool = True
    fine: OverdueRate | None = None
    auto_renew: bool = False
    renew_not_before_days: int | None = None
    renew_while_held: RenewWhileHeld = RenewWhileHeld.IF_OTHERS_AVAILABLE
    recall: RecallTerms | None = None
    after_return: AfterReturn = AfterReturn.HOME
    floats_among: tuple[str, ...] | None = None
    reminders: Reminders = None
    suspension: SuspensionTerms | None = None
    rental: Rental | None = None
    deposit: Money | None = None
    lost: LostTermsOfRule | None = None
    confirm_notes: bool = False
    self_check_out: bool = False

    def due_range(self, day: date) -> DueRange | None:
        """Return the range of the schedule that counts for a loan or renewal made on this day, if there is one."""
        return next((each for each in self.due_schedule if each.covers(day)), None)

    def keeps(self, *, home: str, branch: str) -> bool:
        """Return whether a copy of the branch `home` stays in `branch` when it comes back there and serves nobody."""
        group = self.floats_among
        is_among = group is None or {home.upper(), branch.upper()} <= set(group)
        return self.after_return is AfterReturn.STAYS and is_among

    @property
    def names(self) -> tuple[str | None, str | None, str | None]:
        """The item type, branch and category that it names."""
        return (self.item_type, self.branch, self.category)

    @property
    def weight(self) -> tuple[bool, ...]:
        """What it names; of two rules that match, the greater one counts."""
        named = self.item_type, self.age, self.location, self.branch, self.home_branch, self.category
        return tuple(each is not None for each in named)

    def fits(self, known: Particulars) -> bool:
        """Return whether its conditions are met; what is not known is met by the rule of the loan itself."""
        is_own = self.name == known.made_under
        places = ((self.location, known.location), (self.home_branch, known.home_branch))
        return all(
            wanted is None or (is_own if found is None else found.upper() == wanted) for wanted, found in places
        ) and (self.age is None or (is_own if known.age is None else self.age.covers(known.age)))


OPEN_DAYS_TO_PULL = 2
"""The default number of open days after which a target that was not pulled moves to another branch."""


class PolicyNotFound(NotFound):
    """There is no such version of the policy."""

    code = "policy-not-found"
    detail = "There is no version of the policy with this number."


class InvalidPolicy(InvalidValue):
    """The table as a whole does not do."""

    code = "invalid-policy"
    example: ClassVar = {"field": "rules", "detail": "The table needs one rule for any category, item type and branch."}

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the whole table, validated when it is built. `renewals_stopped_by` is what stops renewals, too.

    Raises InvalidPolicy, or several of them as Refusals, if something is missing, doubtful or repeated.
    """

    version: int
    currency: str
    rules: tuple[LendingRule, ...]
    terms: tuple[CategoryTerms, ...]
    hold_shelf_days: int
    lost: LostTerms
    keep_history_days: int
    charge_kinds: tuple[str, ...] = CHARGE_KINDS
    retarget_after_open_days: int = OPEN_DAYS_TO_PULL
    valid_from: date | None = None
    holds: HoldTerms = field(default_factory=HoldTerms)
    renewals_stopped_by: tuple[Arrears, ...] = ()
    collections: CollectionTerms = field(default_factory=CollectionTerms)
    _by_names: Mapping[tuple[str | None, ...], list[LendingRule]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        refuse_if_any(_problems(self))
        by_names: dict[tuple[str | None, ...], list[LendingRule]] = {}
        for rule in self.rules:
            by_names.setdefault(rule.names, []).append(rule)
        object.__setattr__(self, "_by_names", by_names)

    def rule_for(
        self, *, category: str, item_type: str, branch: str, known: Particulars = NOTHING_KNOWN
    ) -> LendingRule:
        """Return the rule that applies: the first of `rules_for`. There always is one, as the table has a fallback."""
        return self.rules_for(category=category, item_type=item_type, branch=branch, known=known)[0]

    def rules_for(
        self, *, category: str, item_type: str, branch: str, known: Particulars = NOTHING_KNOWN
    ) -> tuple[LendingRule, ...]:
        """Return all rules that match, the one that applies first.

        A named item type outweighs an age, that a location, that a branch, that a home branch, and that a category:
        what is never lent anywhere is not lent in a branch with rules of its own either, an age limit holds in every
        branch, and a branch's own rule applies to all its members. No two rules name the same.
        """
        candidates = _most_specific_first(item_type, branch.upper(), category)
        found = [rule for names in candidates for rule in self._by_names.get(names, ()) if rule.fits(known)]
        return tuple(sorted(found, key=_weight, reverse=True))

    def expect_charge_kind(self, kind: str) -> None:
        """Raise UnknownChargeKind unless staff may charge for this."""
        if kind not in self.charge_kinds:
            raise UnknownChargeKind(kind, kinds=self.charge_kinds)

    def rule_named(self, name: str) -> LendingRule | None:
        """Return the rule of this name, if the table has it."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def lost_terms(self, rule: str) -> LostTerms:
        """Return what this rule says of lost copies; the usual terms if the table does not have it."""
        found = self.rule_named(rule)
        return self.lost if found is None else terms_of(found, self.lost)

    @property
    def asks_for_age(self) -> bool:
        """Whether any rule depends on how old the member is."""
        return any(rule.age is not None for rule in self.rules)

    @property
    def asks_for_location(self) -> bool:
        """Whether any rule depends on where a copy belongs."""
        return any(rule.location is not None for rule in self.rules)

    def lends(self, item_type: str, *, branch: str, location: str | None = None) -> Callable[[str, Particulars], bool]:
        """Return a predicate of whether the policy lends such a copy to holds of a category, of whose member is known.

        `location` is where the copy belongs, if that is known.
        """

        def serves(category: str, known: Particulars) -> bool:
            known = replace(known, location=location)
            rule = self.rule_for(category=category, item_type=item_type, branch=branch, known=known)
            return rule.loanable and rule.holds_allowed

        return serves

    def shelf_days(self, item_type: str, *, branch: str) -> int:
        """Return for how many open days such a copy waits on the hold shelf of a branch."""
        days = self.holds.shelf_days_of(item_type, branch=branch)
        return self.hold_shelf_days if days is None else days

    def terms_for(self, category: str) -> CategoryTerms:
        """Return the terms of this category, or those for all others."""
        named = {terms.category: terms for terms in self.terms}
        return named.get(category, named[None])


def _weight(rule: LendingRule) -> tuple[bool, ...]:
    return rule.weight


def _most_specific_first(item_type: str, branch: str, category: str) -> tuple[tuple[str | None, ...], ...]:
    return (
        (item_type, branch, category),
        (item_type, branch, None),
        (item_type, None, category),
        (item_type, None, None),
        (None, branch, category),
        (None, branch, None),
        (None, None, category),
        (None, None, None),
    )


def _problems(policy: Policy) -> Iterator[InvalidPolicy]:
    if not any(not any(rule.weight) for rule in policy.rules):
        yield InvalidPolicy("rules", "The table needs one rule for any category, item type and branch.")
    if not any(terms.category is None for terms in policy.terms):
        yield InvalidPolicy("terms", "The table needs terms for any category.")
    yield from _repeated_rules(policy.rules)
    for place, why in kind_problems(policy.charge_kinds):
        yield InvalidPolicy(f"charge_kinds.{place}", why)
    yield from _doubts_about_terms(policy.terms)
    yield from _doubts_about_holds(policy.holds)
    for place in _repeated(policy.renewals_stopped_by, lambda code: code):
        yield InvalidPolicy(f"renewals_stopped_by.{place}", "This is named twice.")
    for place, rule in enumerate(policy.rules):
        yield from _doubts_about(rule, f"rules.{place}")
    for where, money in _amounts(policy):
        if money.currency != policy.currency:
            yield InvalidPolicy(f"{where}.currency", f"This library counts in {policy.currency}.")


def _doubts_about(rule: LendingRule, where: str) -> Iterator[InvalidPolicy]:
    if rule.loanable and rule.period is None:
        yield InvalidPolicy(f"{where}.period", "Say for how long this is lent, or that it is not loanable.")
    for name in ("period", "period_when_others_wait", "renewal_period"):
        period: Period | None = getattr(rule, name)
        if period is not None and not 1 <= period.amount <= LONGEST[period.unit]:
            yield InvalidPolicy(f"{where}.{name}.amount", "A period is at least 1 and at most ten years.")
    for why in () if rule.age is None else rule.age.problems():
        yield InvalidPolicy(f"{where}.age", why)
    for name, why in schedule_problems(rule.due_schedule):
        yield InvalidPolicy(f"{where}.due_schedule.{name}", why)
    if rule.floats_among is not None and rule.after_return is AfterReturn.HOME:
        yield InvalidPolicy(f"{where}.floats_among", "What goes home does not float: let it stay, or name no branches.")
    for name, why in () if rule.recall is None else rule.recall.problems():
        yield InvalidPolicy(f"{where}.recall.{name}", why)
    for name, why in () if rule.suspension is None else rule.suspension.problems():
        yield InvalidPolicy(f"{where}.suspension.{name}", why)
    for place, why in reminder_doubts(rule.reminders or ()):
        yield InvalidPolicy(f"{where}.reminders{place}", why)


def _repeated_rules(rules: tuple[LendingRule, ...]) -> Iterator[InvalidPolicy]:
    """Yield each rule that names what an earlier one does, or has its name. Ages are the same if they overlap."""
    ages: dict[Hashable, list[AgeRange]] = {}
    for place in _repeated(rules, lambda rule: (rule.names, rule.location, rule.home_branch, rule.age)):
        yield InvalidPolicy(f"rules.{place}", "An earlier rule names the same category, item type and branch.")
    for place, rule in enumerate(rules):
        if rule.age is not None:
            earlier = ages.setdefault((rule.names, rule.location, rule.home_branch), [])
            if any(age != rule.age and age.overlaps(rule.age) for age in earlier):
                yield InvalidPolicy(f"rules.{place}.age", "An earlier rule that names the same covers such an age.")
            earlier.append(rule.age)
    for place in _repeated(rules, lambda rule: rule.name):
        yield InvalidPolicy(f"rules.{place}.name", "An earlier rule has the same name.")


def _doubts_about_terms(all_terms: tuple[CategoryTerms, ...]) -> Iterator[InvalidPolicy]:
    for place in _repeated(all_terms, lambda terms: terms.category):
        yield InvalidPolicy(f"terms.{place}.category", "There are terms for this category already.")
    for place, terms in enumerate(all_terms):
        for name, why in limit_problems(terms.most_loans_of):
            yield InvalidPolicy(f"terms.{place}.most_loans_of.{name}", why)


def _doubts_about_holds(terms: HoldTerms) -> Iterator[InvalidPolicy]:
    for place in _repeated(terms.shelf_days, lambda line: line.names):
        yield InvalidPolicy(f"holds.shelf_days.{place}", "An earlier line names the same branch and item type.")
    for place in _repeated(terms.stopped_by, lambda code: code):
        yield InvalidPolicy(f"holds.stopped_by.{place}", "This is named twice.")
    for name, why in terms.transport.problems():
        yield InvalidPolicy(f"holds.transport.{name}", why)


def _amounts(policy: Policy) -> Iterator[tuple[str, Money]]:
    for place, rule in enumerate(policy.rules):
        if rule.fine is not None:
            yield f"rules.{place}.fine.per_day", rule.fine.per_day
            yield f"rules.{place}.fine.most", rule.fine.most
            if rule.fine.after_recall is not None:
                yield f"rules.{place}.fine.after_recall.per_day", rule.fine.after_recall.per_day
                yield f"rules.{place}.fine.after_recall.most", rule.fine.after_recall.most
        if rule.rental is not None:
            yield f"rules.{place}.rental.amount", rule.rental.amount
        if rule.deposit is not None:
            yield f"rules.{place}.deposit", rule.deposit
        for name, amount in () if rule.lost is None else rule.lost.amounts():
            yield f"rules.{place}.lost.{name}", amount
        for number, reminder in enumerate(rule.reminders or ()):
            if reminder.fee is not None:
                yield f"rules.{place}.reminders.{number}.fee", reminder.fee
    for place, terms in enumerate(policy.terms):
        yield f"terms.{place}.most_owed", terms.most_owed
    yield "lost.default_price", policy.lost.default_price
    yield "lost.processing", policy.lost.processing
    yield from policy.collections.amounts()


def _repeated(entries: Iterable[Entry], what: Callable[[Entry], Hashable]) -> Iterator[int]:
    """Yield the index of each entry that repeats an earlier one."""
    seen: set[Hashable] = set()
    for place, entry in enumerate(entries):
        if what(entry) in seen:
            yield place
        seen.add(what(entry))
