"""Who may call what in loans: a row for each operation, by its id. A route without a row does not start."""

from shared.web.auth import AccessTable, OwnOr, ScopeOf

_DESK = ScopeOf("loans:write")  # a self-check kiosk, too

ACCESS: AccessTable = {
    # loans
    "check_out_copy": _DESK,
    "list_loans": ScopeOf("loans:read"),
    "list_my_loans": OwnOr(),
    "get_loan": OwnOr("loans:read"),
    # returns at a desk or kiosk
    "return_copy": _DESK,
}

SCOPES = {
    "loans:read": "see everybody's loans",
    "loans:write": "check out and take back at a desk or kiosk",
    "self": "see one's own loans",
}
"""The scopes in words."""
