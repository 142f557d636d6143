"""Who may call what in loans: a row for each operation, by its id. A route without a row does not start."""

from loans_service.domain.rights import (
    ASK_CIRCULATION,
    CALENDARS,
    CHANGE_LOANS,
    CHARGE,
    CLOSE_BRANCHES,
    COLLECT,
    CONSISTENCY,
    HAND_OUT_PERSON,
    IMPORT_CIRCULATION,
    LEND,
    MOVE_COPIES,
    PLACE_HOLDS,
    REFUND,
    RENEW,
    RULES,
    SEE_LOANS,
    STATISTICS,
    TAKE_BACK,
    TAKE_PAYMENTS,
    TILLS,
    WAIVE,
)
from shared.web.auth import WHOLE_LIBRARY, AccessTable, Anyone, OwnOr, Person, Place, RightTo, anywhere

_AT_DESK = Place("in the branch where it is done: of the body, or else of the copy")
_TO_USE = Place("in the branch of the body")
_TO_CHARGE = Place("in the branch of the body; for a charge without one, in all")
_TO_COLLECT = Place("in each branch where something is owed; for what is owed in none, in any")
_OF_SUSPENDING = Place("in the branch of each loan that suspends; for one that is no longer known, in any")
_TO_PULL = Place("in the branch whose pull list it is on")
_OF_QUEUE = Place("in the branch where each hold is fetched that comes earlier or later")
_OF_LOAN = Place("in the branch of the loan")
_OF_FINE = Place("in the branch of the fine; a fine of none, in any")
_OF_HOLD = Place(
    "in the branch where the hold is fetched; without a pickup branch where its copy is at home, in any if none is"
)
_TO_FETCH = Place("in the branch where the hold is fetched, and in that where it is to be")
_FROM = Place("in the branch that the copy leaves")
_OF_TILL = Place("in the branch of the till; for a till of none, in any")
_OF_FIGURES = Place("in the branch of the query; without one, in all")
_OF_CALENDAR = Place("in the branch of the address", in_path="branch")

_TO_SEE = anywhere("people and titles are of none")
_TO_ASK = anywhere("it is only told what an act would come to")
_LISTED = anywhere("it is only told what can be asked for")
_READING = RightTo(SEE_LOANS, at=_TO_SEE)
_IMPORTING = RightTo(IMPORT_CIRCULATION)

# A kiosk comes in by RightTo; what costs or spares somebody something is decided by a Person.
ACCESS: AccessTable = {
    # loans
    "check_out_copy": OwnOr(LEND, by_pin=True, at=_AT_DESK),
    "check_out_copies": RightTo(LEND, at=_AT_DESK),
    "explain_check_out": RightTo(LEND, at=_TO_ASK),
    "list_loans": _READING,
    "list_my_loans": OwnOr(by_pin={"status": ("open", "claimed_returned", "lost")}),
    "get_loan": OwnOr(SEE_LOANS, by_pin=True, at=_TO_SEE),
    "get_loan_history": OwnOr(SEE_LOANS, at=_TO_SEE),
    "renew_loan": OwnOr(RENEW, by_pin=True, at=_OF_LOAN),
    "renew_loans": OwnOr(RENEW, by_pin=True, at=_OF_LOAN),
    "change_due_date": Person(CHANGE_LOANS, at=_OF_LOAN),
    "change_due_dates": Person(CHANGE_LOANS, at=_OF_LOAN),
    "declare_lost": Person(CHANGE_LOANS, at=_OF_LOAN),
    "claim_returned": Person(CHANGE_LOANS, at=_OF_LOAN),
    "mark_found": Person(CHANGE_LOANS, at=_OF_LOAN),
    "resolve_claim": Person(CHANGE_LOANS, at=_OF_LOAN),
    # the policy
    "get_policy": _READING,
    "get_policy_version": _READING,
    "put_policy": RightTo(RULES),
    "simulate_policy": RightTo(RULES),
    # calendars: opening hours are no secret
    "get_calendar": Anyone(),
    "put_calendar": RightTo(CALENDARS, at=_OF_CALENDAR),
    "close_branch": RightTo(CALENDARS, at=_OF_CALENDAR),
    # returns at a desk or kiosk
    "return_copy": RightTo(TAKE_BACK, at=_AT_DESK),
    "return_copies": RightTo(TAKE_BACK, at=_AT_DESK),
    # what is known of a person
    "export_borrower": OwnOr(HAND_OUT_PERSON),
    "pay_borrower": RightTo(TAKE_PAYMENTS, at=_OF_TILL),
    "get_borrower": OwnOr(SEE_LOANS, by_pin=True, at=_TO_SEE),
    "choose_history": OwnOr(),
    "forget_history": OwnOr(),
    # whether the records agree
    "check_consistency": RightTo(CONSISTENCY),
    "repair_consistency": RightTo(CONSISTENCY),
    # what notices to members ask
    "get_circulation_facts": RightTo(ASK_CIRCULATION),
    # what another system has kept
    "start_circulation_import": _IMPORTING,
    "list_circulation_imports": _IMPORTING,
    "get_circulation_import": _IMPORTING,
    "undo_circulation_import": _IMPORTING,
    "list_circulation_import_profiles": _IMPORTING,
    "get_circulation_import_profile": _IMPORTING,
    "put_circulation_import_profile": _IMPORTING,
    "remove_circulation_import_profile": _IMPORTING,
    # fines
    "list_fines": _READING,
    "list_my_fines": OwnOr(by_pin={"status": ("owed",)}),
    "get_fine": OwnOr(SEE_LOANS, by_pin=True, at=_TO_SEE),
    "pay_fine": RightTo(TAKE_PAYMENTS, at=_OF_TILL),
    "charge_member": Person(CHARGE, at=_TO_CHARGE),
    "waive_fine": Person(WAIVE, at=_OF_FINE),
    "lift_suspension": Person(WAIVE, at=_OF_SUSPENDING),
    "list_collections": _READING,
    "send_to_collection": Person(COLLECT, at=_TO_COLLECT),
    # tills, receipts, and what is due to members
    "list_tills": _READING,
    "make_till": RightTo(TILLS, at=_OF_TILL),
    "get_balance": RightTo(TILLS, at=WHOLE_LIBRARY),
    "open_till": Person(TAKE_PAYMENTS, at=_OF_TILL),
    "move_cash": Person(TAKE_PAYMENTS, at=_OF_TILL),
    "cash_up": Person(TAKE_PAYMENTS, at=_OF_TILL),
    "get_receipt": OwnOr(SEE_LOANS, at=_TO_SEE),
    "void_receipt": Person(REFUND, at=_OF_TILL),
    "refund_receipt": Person(REFUND, at=_OF_TILL),
    "list_payments": _READING,
    "list_payouts": _READING,
    "pay_out": Person(REFUND, at=_OF_TILL),
    # holds, their queues and shelves
    "place_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_OF_HOLD),
    "explain_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_TO_ASK),
    "list_pickup_branches": OwnOr(SEE_LOANS, PLACE_HOLDS, by_pin=True, at=_TO_SEE),
    "list_holds": _READING,
    "list_my_holds": OwnOr(by_pin={"status": ("active", "waiting", "in_transit", "ready")}),
    "get_hold": OwnOr(SEE_LOANS, by_pin=True, at=_TO_SEE),
    "cancel_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_OF_HOLD),
    "revise_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_TO_FETCH),
    "move_hold": Person(PLACE_HOLDS, at=_TO_FETCH),
    "report_copy_not_found": RightTo(PLACE_HOLDS, at=_TO_PULL),
    "suspend_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_OF_HOLD),
    "suspend_holds": OwnOr(PLACE_HOLDS, by_pin=True, at=_OF_HOLD),
    "resume_hold": OwnOr(PLACE_HOLDS, by_pin=True, at=_OF_HOLD),
    "list_hold_queues": Anyone(),
    "get_hold_queue": _READING,
    "reorder_hold_queue": Person(MOVE_COPIES, at=_OF_QUEUE),
    "list_circulation_statuses": _READING,
    "get_pull_list": _READING,
    "get_closure_of_branch": RightTo(CLOSE_BRANCHES),
    "list_transits": _READING,
    # working lists
    "list_loan_lists": _READING,
    "get_list_overdue": _READING,
    "get_list_claims": _READING,
    "get_list_holds_ratio": _READING,
    "get_list_long_in_transit": _READING,
    "get_list_long_on_hold_shelf": _READING,
    # figures
    "list_statistics": RightTo(STATISTICS, at=_LISTED),
    "get_statistics": RightTo(STATISTICS, at=_OF_FIGURES),
    "list_reports": RightTo(STATISTICS, at=_LISTED),
    "get_report": RightTo(STATISTICS, at=WHOLE_LIBRARY),
    "put_report_entry": Person(STATISTICS, at=WHOLE_LIBRARY),
    "freeze_report": Person(STATISTICS, at=WHOLE_LIBRARY),
    "count_in_house_uses": RightTo(TAKE_BACK, at=_TO_USE),
    "recount_statistics": RightTo(CONSISTENCY),
    "get_recount": RightTo(CONSISTENCY),
    "send_copy": Person(MOVE_COPIES, at=_FROM),
}

SCOPES = {
    "books:lending": "ask for figures (services)",
    "members:standing": "ask for figures (services)",
    "admin": "change policies and calendars, hand out what is known of anybody",
    "fines:pay": "take payments of fines: a till, a payment provider",
    "loans:facts": "ask how loans, holds and charges stand (services)",
    "loans:offline": "say afterwards what a machine did while it was offline: beside loans:write",
    "loans:read": "see everybody's loans and holds",
    "loans:write": "lend, take back and take payments at a desk or kiosk; the acts of staff for those who sign in",
    "self": "see one's own loans and holds, renew and hold for oneself",
}
"""The scopes in words."""

SERVICE_SCOPES = frozenset({"loans:facts"})
"""The scopes that only services of the library hold: places are kept for them."""
