"""Who may call what in loans: a row for each operation, by its id. A route without a row does not start."""

from shared.web.auth import AccessTable, Anyone, OwnOr, Person, ScopeOf

_DESK = ScopeOf("loans:write")  # a self-check kiosk, too
_STAFF = Person("loans:write")  # what costs or spares somebody something is decided by a person

_TILL = ScopeOf("loans:write", "fines:pay")

ACCESS: AccessTable = {
    # loans
    "check_out_copy": _DESK,
    "check_out_copies": _DESK,
    "explain_check_out": _DESK,
    "list_loans": ScopeOf("loans:read"),
    "list_my_loans": OwnOr(by_pin={"status": ("open", "claimed_returned", "lost")}),
    "get_loan": OwnOr("loans:read", by_pin=True),
    "get_loan_history": OwnOr("loans:read"),
    "renew_loan": OwnOr("loans:write", by_pin=True),
    "renew_loans": OwnOr("loans:write", by_pin=True),
    "change_due_date": _STAFF,
    "change_due_dates": _STAFF,
    "declare_lost": _STAFF,
    "claim_returned": _STAFF,
    "mark_found": _STAFF,
    "resolve_claim": _STAFF,
    # the policy
    "get_policy": ScopeOf("loans:read"),
    "get_policy_version": ScopeOf("loans:read"),
    "put_policy": ScopeOf("admin"),
    "simulate_policy": ScopeOf("admin"),
    # calendars: opening hours are no secret
    "get_calendar": Anyone(),
    "put_calendar": ScopeOf("admin"),
    "close_branch": ScopeOf("admin"),
    # returns at a desk or kiosk
    "return_copy": _DESK,
    "return_copies": _DESK,
    # what is known of a person
    "export_borrower": OwnOr("admin"),
    "pay_borrower": _TILL,
    "get_borrower": OwnOr("loans:read", by_pin=True),
    "choose_history": OwnOr(),
    "forget_history": OwnOr(),
    # whether the records agree
    "check_consistency": ScopeOf("admin"),
    "repair_consistency": ScopeOf("admin"),
    # what another system has kept
    "start_circulation_import": ScopeOf("admin"),
    "list_circulation_imports": ScopeOf("admin"),
    "get_circulation_import": ScopeOf("admin"),
    "undo_circulation_import": ScopeOf("admin"),
    "list_circulation_import_profiles": ScopeOf("admin"),
    "get_circulation_import_profile": ScopeOf("admin"),
    "put_circulation_import_profile": ScopeOf("admin"),
    "remove_circulation_import_profile": ScopeOf("admin"),
    # fines
    "list_fines": ScopeOf("loans:read"),
    "list_my_fines": OwnOr(by_pin={"status": ("owed",)}),
    "get_fine": OwnOr("loans:read", by_pin=True),
    "pay_fine": _TILL,
    "charge_member": _STAFF,
    "waive_fine": _STAFF,
    "lift_suspension": _STAFF,
    "list_collections": ScopeOf("loans:read"),
    "send_to_collection": _STAFF,
    # tills, receipts, and what is due to members
    "list_tills": ScopeOf("loans:read"),
    "make_till": ScopeOf("admin"),
    "get_balance": ScopeOf("admin"),
    "open_till": _STAFF,
    "move_cash": _STAFF,
    "cash_up": _STAFF,
    "get_receipt": OwnOr("loans:read"),
    "void_receipt": _STAFF,
    "refund_receipt": _STAFF,
    "list_payments": ScopeOf("loans:read"),
    "list_payouts": ScopeOf("loans:read"),
    "pay_out": _STAFF,
    # holds, their queues and shelves
    "place_hold": OwnOr("loans:write", by_pin=True),
    "explain_hold": OwnOr("loans:write", by_pin=True),
    "list_pickup_branches": OwnOr("loans:read", "loans:write", by_pin=True),
    "list_holds": ScopeOf("loans:read"),
    "list_my_holds": OwnOr(by_pin={"status": ("active", "waiting", "in_transit", "ready")}),
    "get_hold": OwnOr("loans:read", by_pin=True),
    "cancel_hold": OwnOr("loans:write", by_pin=True),
    "revise_hold": OwnOr("loans:write", by_pin=True),
    "report_copy_not_found": _DESK,
    "suspend_hold": OwnOr("loans:write", by_pin=True),
    "suspend_holds": OwnOr("loans:write", by_pin=True),
    "resume_hold": OwnOr("loans:write", by_pin=True),
    "list_hold_queues": Anyone(),
    "get_hold_queue": ScopeOf("loans:read"),
    "reorder_hold_queue": _STAFF,
    "list_circulation_statuses": ScopeOf("loans:read"),
    "get_pull_list": ScopeOf("loans:read"),
    "get_closure_of_branch": ScopeOf("admin"),
    "list_transits": ScopeOf("loans:read"),
    "send_copy": _STAFF,
}

SCOPES = {
    "admin": "change policies and calendars, hand out what is known of anybody",
    "fines:pay": "take payments of fines: a till, a payment provider",
    "loans:offline": "say afterwards what a machine did while it was offline: beside loans:write",
    "loans:read": "see everybody's loans and holds",
    "loans:write": "lend, take back and take payments at a desk or kiosk; the acts of staff for those who sign in",
    "self": "see one's own loans and holds, renew and hold for oneself",
}
"""The scopes in words."""
