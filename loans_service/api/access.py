"""Who may call what in loans: a row for each operation, by its id. A route without a row does not start."""

from shared.web.auth import AccessTable, OwnOr, ScopeOf

_DESK = ScopeOf("loans:write")  # a self-check kiosk, too

ACCESS: AccessTable = {
    # loans
    "check_out_copy": _DESK,
    "explain_check_out": _DESK,
    "list_loans": ScopeOf("loans:read"),
    "list_my_loans": OwnOr(),
    "get_loan": OwnOr("loans:read"),
    # the policy
    "get_policy": ScopeOf("loans:read"),
    "get_policy_version": ScopeOf("loans:read"),
    "put_policy": ScopeOf("admin"),
    "simulate_policy": ScopeOf("admin"),
    # calendars: opening hours are no secret
    "get_calendar": ScopeOf("loans:read", "self"),
    "put_calendar": ScopeOf("admin"),
    # returns at a desk or kiosk
    "return_copy": _DESK,
}

SCOPES = {
    "admin": "change policies and calendars",
    "loans:read": "see everybody's loans",
    "loans:write": "check out and take back at a desk or kiosk",
    "self": "see one's own loans",
}
"""The scopes in words."""
