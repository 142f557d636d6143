"""All routes of the service in order, and how its documents introduce them."""

from loans_service.api.consistency import consistency
from loans_service.api.fines import collections, fines, payments, suspensions
from loans_service.api.holds import hold_decisions, hold_queues, hold_suspensions, holds
from loans_service.api.lending import (
    borrowers,
    bulk,
    closings,
    decisions,
    due_dates,
    in_house_uses,
    loan_acts,
    loan_lists,
    loans,
    renewals,
    returns,
    working_lists,
)
from loans_service.api.moving_in import imports
from loans_service.api.notices import circulation_facts
from loans_service.api.privacy import exports, history_choices
from loans_service.api.reports import reports
from loans_service.api.rules import calendars, policies, simulations
from loans_service.api.tills import receipts, tills
from loans_service.domain.statistics.atoms import ATOMS, DIMENSIONS
from shared.web.statistics import TAG, statistics_router
from shared.web.uploads import MOST_BYTES

TITLE = "Loans"
DESCRIPTION = """Who has what until when.

A *loan* is one copy lent to one member until a due date. A check-out asks books whether the copy may be lent, and
members whether the member may borrow; a return needs neither. Every refusal has a stable code, and a request that is
refused is told all of them at once.
"""
TAGS = (
    {"name": "loans", "description": "Check out, and look loans up."},
    {"name": "returns", "description": "Take copies back."},
    {"name": "holds", "description": "Wait for a book: queues, hold shelves, and what the desk has to fetch."},
    {"name": "fines", "description": "What is owed, paid and forgiven."},
    {"name": "tills", "description": "Where money is taken: receipts, cash-ups, and what is due to members."},
    {"name": "borrowers", "description": "What lending knows of a person."},
    working_lists.TAG,
    {"name": "policies", "description": "For how long and how often, to whom, and what lateness costs: a table."},
    {"name": "calendars", "description": "When each branch is open."},
    {"name": "imports", "description": "Taking over the loans, holds and debts that another system has kept."},
    TAG,
    reports.TAG,
    {"name": "consistency", "description": "Whether the catalogue shows what lending knows."},
)
ROUTERS = (
    loan_lists.router,
    loans.router,
    decisions.router,
    bulk.router,
    renewals.router,
    due_dates.router,
    loan_acts.router,
    returns.router,
    in_house_uses.router,
    hold_decisions.router,
    hold_queues.router,  # before the route that takes any word for the id of a hold
    hold_suspensions.router,
    holds.router,
    fines.router,
    fines.charges,
    collections.router,
    payments.router,
    tills.router,
    receipts.router,
    receipts.journal,
    receipts.payouts,
    borrowers.router,
    working_lists.router,
    suspensions.router,
    history_choices.router,
    exports.router,
    policies.router,
    simulations.router,
    calendars.router,
    closings.router,
    consistency.router,
    circulation_facts.router,
    imports.router,
    imports.more,
    statistics_router(ATOMS, DIMENSIONS),
    reports.router,
)
"""In the order in which the documents show them."""

_LONG_BODIES = (  # many lines, tables and queues
    "/v1/loans/bulk",
    "/v1/returns/bulk",
    "/v1/hold-queues",
    "/v1/policies",
    "/v1/calendars",
)
BODY_LIMITS = dict.fromkeys(_LONG_BODIES, 2**20) | {"/v1/imports": MOST_BYTES}
