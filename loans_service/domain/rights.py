"""The rights that lending asks for. Members hands them out, and lists them with what each is for."""

from shared.kernel.rights import Right

_DESK, _SEEING, _ADMIN = ("loans:write",), ("loans:read",), ("admin",)

LEND = Right("lend", 0, _DESK)
TAKE_BACK = Right("take_back", 1, _DESK)
RENEW = Right("renew", 2, _DESK)
PLACE_HOLDS = Right("place_holds", 3, _DESK)
OVERRIDE = Right("override", 4, _DESK)
CHANGE_LOANS = Right("change_loans", 5, _DESK)
TAKE_PAYMENTS = Right("take_payments", 6, ("loans:write", "fines:pay"))
CHARGE = Right("charge", 7, _DESK)
WAIVE = Right("waive", 8, _DESK)
REFUND = Right("refund", 9, _DESK)
COLLECT = Right("collect", 10, _DESK)
MOVE_COPIES = Right("move_copies", 11, _DESK)
SEE_LOANS = Right("see_loans", 12, _SEEING)
SEE_HISTORY = Right("see_history", 13, _SEEING)
RULES = Right("rules", 14, _ADMIN, by_branch=False)
CALENDARS = Right("calendars", 15, _ADMIN)
TILLS = Right("tills", 16, _ADMIN)
CONSISTENCY = Right("consistency", 17, _ADMIN, by_branch=False)
IMPORT_CIRCULATION = Right("import_circulation", 18, _ADMIN, by_branch=False)
HAND_OUT_PERSON = Right("hand_out_person", 19, _ADMIN, by_branch=False)
ACT_OFFLINE = Right("act_offline", 20, ("loans:offline",))
ASK_CIRCULATION = Right("ask_circulation", 46, ("loans:facts",), by_branch=False)
CLOSE_BRANCHES = Right("close_branches", 40, _ADMIN, by_branch=False)
