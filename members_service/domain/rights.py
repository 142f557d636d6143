"""Every right in the library, what it is for, and the scopes that stand for it.

A number is a bit in access tokens: it is never given twice. A new right belongs to no role but `admin`.
"""

from dataclasses import dataclass
from typing import Literal

from shared.kernel.rights import Right

_DESK, _LENDING, _ADMIN = ("members:write",), ("loans:write",), ("admin",)
_CATALOGUER = ("books:write",)

SEE_MEMBERS = Right("see_members", 22, ("members:read",))
SEE_CONTACTS = Right("see_contacts", 23, ("members:read",))
CHANGE_MEMBERS = Right("change_members", 24, _DESK)
MERGE_MEMBERS = Right("merge_members", 25, _DESK)
BLOCK_MEMBERS = Right("block_members", 26, _DESK)
ERASE = Right("erase", 27, _ADMIN, by_branch=False)
IMPORT_MEMBERS = Right("import_members", 28, _ADMIN, by_branch=False)
CATEGORIES = Right("categories", 29, _ADMIN, by_branch=False)
ACCOUNTS = Right("accounts", 30, _ADMIN)
AUDIT = Right("audit", 31, _ADMIN, by_branch=False)
HAND_OUT_PERSON = Right("hand_out_person", 19, _ADMIN, by_branch=False)
ASK_STANDING = Right("ask_standing", 42, ("members:standing",), by_branch=False, of_people=False)
VERIFY_PINS = Right("verify_pins", 43, ("members:verify",), by_branch=False, of_people=False)
RECOVER = Right("recover", 44, ("members:recover",), by_branch=False, of_people=False)
NOTICES = Right("notices", 45, _ADMIN, by_branch=False)
CONSISTENCY = Right("consistency", 17, _ADMIN, by_branch=False)
STATISTICS = Right("statistics", 48, (*_ADMIN, "books:lending", "members:standing"))


@dataclass(frozen=True, slots=True)
class KnownRight:
    """A right, the service that asks for it, and what it is for, in words."""

    right: Right
    service: Literal["books", "loans", "members"]
    description: str


_OF_LOANS = (
    (Right("lend", 0, _LENDING), "check copies out"),
    (Right("take_back", 1, _LENDING), "take copies back"),
    (Right("renew", 2, _LENDING), "renew the loans of others"),
    (Right("place_holds", 3, _LENDING), "place, change and end the holds of others"),
    (Right("override", 4, _LENDING), "do what the rules refuse, with a reason"),
    (Right("change_loans", 5, _LENDING), "set due dates, declare copies lost, take down and settle claims"),
    (Right("take_payments", 6, ("loans:write", "fines:pay")), "take payments, open tills and cash them up"),
    (Right("charge", 7, _LENDING), "charge a member by hand"),
    (Right("waive", 8, _LENDING), "forgive fines, lift suspensions that a late return brought"),
    (Right("refund", 9, _LENDING), "void receipts, refund and pay out"),
    (Right("collect", 10, _LENDING), "hand debts to a collection agency"),
    (Right("move_copies", 11, _LENDING), "send copies to other branches, order the queues of holds"),
    (Right("see_loans", 12, ("loans:read",)), "see what members have, wait for and owe"),
    (Right("see_history", 13, ("loans:read",)), "see what members had: loans that are over"),
    (Right("rules", 14, _ADMIN, by_branch=False), "make the rules of lending, and try them out"),
    (Right("calendars", 15, _ADMIN), "set opening hours, close a branch for days"),
    (Right("tills", 16, _ADMIN), "set tills up, and see the balance"),
    (CONSISTENCY, "compare the records of the services, and repair them"),
    (Right("import_circulation", 18, _ADMIN, by_branch=False), "bring in loans, holds and fines of another system"),
    (
        Right("ask_circulation", 46, ("loans:facts",), by_branch=False, of_people=False),
        "ask how loans and holds stand (services)",
    ),
    (STATISTICS, "ask for figures, in every service"),
    (
        Right("act_offline", 20, ("loans:offline",), of_people=False),
        "say afterwards what a machine did offline (machines)",
    ),
)
_OF_BOOKS = (
    (Right("catalogue", 32, _CATALOGUER), "describe titles, headings and periodicals, fetch records from elsewhere"),
    (Right("copies", 33, _CATALOGUER), "add copies, describe and move them"),
    (Right("withdraw", 34, _CATALOGUER), "take copies out of the stock, and off the record"),
    (Right("take_stock", 35, _CATALOGUER), "take stock"),
    (Right("branches", 36, _CATALOGUER, by_branch=False), "set branches up"),
    (Right("import_catalogue", 37, _CATALOGUER, by_branch=False), "bring in files of books and copies"),
    (Right("export_catalogue", 38, _CATALOGUER, by_branch=False), "take out files of books and copies"),
    (Right("restore_copies", 39, _ADMIN, by_branch=False), "take back that a copy was withdrawn"),
    (Right("close_branches", 40, _ADMIN, by_branch=False), "close a branch for good"),
    (
        Right("ask_what_is_lent", 41, ("books:lending",), by_branch=False, of_people=False),
        "ask whether copies may be lent (services)",
    ),
)
_OF_MEMBERS = (
    (SEE_MEMBERS, "see who is a member, and whether they may borrow"),
    (SEE_CONTACTS, "see the addresses and birth dates of members"),
    (CHANGE_MEMBERS, "enrol members, change and renew their membership, their cards and PINs"),
    (MERGE_MEMBERS, "make one record of two"),
    (BLOCK_MEMBERS, "suspend and block members, and lift it"),
    (ERASE, "erase what is known of a person"),
    (IMPORT_MEMBERS, "bring in files of members"),
    (CATEGORIES, "set up the categories of members"),
    (ACCOUNTS, "open and change accounts, make roles and grant them"),
    (AUDIT, "read the audit trail"),
    (HAND_OUT_PERSON, "hand out everything that is known of a person"),
    (ASK_STANDING, "ask whether a member may borrow (services)"),
    (VERIFY_PINS, "ask whose card and PIN these are (machines)"),
    (NOTICES, "set up notices to members, read and repeat messages, print letters"),
    (RECOVER, "ask for a token to choose another password with (front ends)"),
)

RIGHTS = (
    *(KnownRight(right, "loans", words) for right, words in _OF_LOANS),
    *(KnownRight(right, "members", words) for right, words in _OF_MEMBERS),
    *(KnownRight(right, "books", words) for right, words in _OF_BOOKS),
)
"""All of them, in the order in which they are listed."""

BY_NAME = {known.right.name: known.right for known in RIGHTS}

OF_NO_BRANCH = frozenset(
    {"catalogue", "change_members", "merge_members"} | {"see_contacts", "see_history", "see_loans", "see_members"}
)
"""What is about people and titles: whoever has such a right in one branch has it for all, since these are of none."""
