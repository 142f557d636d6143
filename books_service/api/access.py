"""Who may call what in books: a row for each operation, by its id. A route without a row does not start."""

from books_service.domain.rights import (
    ASK_WHAT_IS_LENT,
    BRANCHES,
    CATALOGUE,
    CLOSE_BRANCHES,
    CONSISTENCY,
    COPIES,
    EXPORT_CATALOGUE,
    IMPORT_CATALOGUE,
    STATISTICS,
    TAKE_STOCK,
    WITHDRAW,
)
from shared.web.auth import AccessTable, Anyone, Place, RightTo, anywhere

_OF_COPY = Place("in the branch of the copy, and in that to which it moves, if only for a while")
_WITH_COPIES = Place("in any branch: titles are of none; for the copies that it makes also `copies`, in theirs")
_TO_SHELVE = Place("in the branch of the body")

_OF_FIGURES = Place("in the branch of the query; without one, in all")
_OF_BOUND_COPY = Place("in the branch of the copy")
_OF_SHELVES = Place("in the branch of the shelves")

_OF_TITLES = anywhere("titles are of none")
_TO_SEE = anywhere("staff of every branch may see it")
_LISTED = anywhere("it is only told what can be asked for")
_CATALOGUER = RightTo(CATALOGUE, at=_OF_TITLES)
_IMPORTING = RightTo(IMPORT_CATALOGUE)
_LENDING_SERVICE = RightTo(ASK_WHAT_IS_LENT)

ACCESS: AccessTable = {
    # titles
    "list_books": Anyone(),
    "browse_headings": Anyone(),
    "browse_shelf_marks": Anyone(),
    "get_book": Anyone(),
    "add_book": RightTo(CATALOGUE, at=_WITH_COPIES),
    "replace_book": _CATALOGUER,
    "revise_book": _CATALOGUER,
    "remove_book": _CATALOGUER,
    "restore_book": _CATALOGUER,
    "list_duplicate_books": _CATALOGUER,
    "merge_book": _CATALOGUER,
    "get_marc_of_book": Anyone(),
    "replace_marc_of_book": _CATALOGUER,
    "get_availability_of_books": Anyone(),
    "get_history_of_book": _CATALOGUER,
    "get_lendability_of_book": _LENDING_SERVICE,
    "get_lendability_of_books": _LENDING_SERVICE,
    # authorities
    "list_authorities": Anyone(),
    "get_authority": Anyone(),
    "add_authority": _CATALOGUER,
    "revise_authority": _CATALOGUER,
    "merge_authority": _CATALOGUER,
    "get_history_of_authority": _CATALOGUER,
    # copies
    "find_copy": Anyone(),
    "get_copy": Anyone(),
    "list_copies_of_book": Anyone(),
    "get_holdings": Anyone(),
    "add_copy": RightTo(COPIES, at=_TO_SHELVE),
    "revise_copy": RightTo(COPIES, at=_OF_COPY),
    "bind_copy": RightTo(COPIES, at=_OF_BOUND_COPY),
    "unbind_copy": RightTo(COPIES, at=_OF_BOUND_COPY),
    "remove_copy": RightTo(WITHDRAW, at=_OF_COPY),
    "change_copy_status": RightTo(COPIES, WITHDRAW, at=_OF_COPY),
    "change_copy_statuses": RightTo(COPIES, WITHDRAW, at=_OF_COPY),
    "get_history_of_copy": RightTo(CATALOGUE, COPIES, at=_TO_SEE),
    "print_labels": RightTo(CATALOGUE, COPIES, at=_TO_SEE),
    "get_lendability_of_copy": _LENDING_SERVICE,
    "get_lendability_of_copies": _LENDING_SERVICE,
    "list_availability": _LENDING_SERVICE,
    "list_lendable_copies": _LENDING_SERVICE,
    # periodicals
    "list_subscriptions": _CATALOGUER,
    "get_subscription": _CATALOGUER,
    "put_subscription": _CATALOGUER,
    "end_subscription": _CATALOGUER,
    "receive_issue": RightTo(CATALOGUE, at=_WITH_COPIES),
    "list_issues": _CATALOGUER,
    "get_issue": _CATALOGUER,
    "revise_issue": _CATALOGUER,
    "print_routing_slips": _CATALOGUER,
    # stocktaking
    "begin_inventory": RightTo(TAKE_STOCK, at=_TO_SHELVE),
    "note_scans": RightTo(TAKE_STOCK, at=_OF_SHELVES),
    "get_inventory": RightTo(TAKE_STOCK, at=_TO_SEE),
    "list_copies_of_inventory": RightTo(TAKE_STOCK, at=_TO_SEE),
    "list_unknown_barcodes": RightTo(TAKE_STOCK, at=_TO_SEE),
    # working lists
    "list_stock_lists": RightTo(CATALOGUE, COPIES, at=_TO_SEE),
    "get_list_never_lent": RightTo(COPIES, WITHDRAW, at=_TO_SEE),
    "get_list_missing": RightTo(COPIES, TAKE_STOCK, at=_TO_SEE),
    "get_list_no_shelf_mark": RightTo(COPIES, TAKE_STOCK, at=_TO_SEE),
    "get_list_duplicate_books": _CATALOGUER,
    # figures
    "list_statistics_of_catalogue": RightTo(STATISTICS, at=_LISTED),
    "get_statistics_of_catalogue": RightTo(STATISTICS, at=_OF_FIGURES),
    "recount_statistics_of_catalogue": RightTo(CONSISTENCY),
    "get_recount_of_catalogue": RightTo(CONSISTENCY),
    # branches
    "list_branches": Anyone(),
    "get_branch": Anyone(),
    "add_branch": RightTo(BRANCHES),
    "revise_branch": RightTo(BRANCHES),
    "close_branch_for_good": RightTo(CLOSE_BRANCHES),
    # other catalogues
    "list_external_targets": _CATALOGUER,
    "get_external_target": _CATALOGUER,
    "put_external_target": _CATALOGUER,
    "remove_external_target": _CATALOGUER,
    "search_external_target": _CATALOGUER,
    # whole files
    "start_import": _IMPORTING,
    "list_imports": _IMPORTING,
    "get_import": _IMPORTING,
    "undo_import": _IMPORTING,
    "list_import_profiles": _IMPORTING,
    "get_import_profile": _IMPORTING,
    "put_import_profile": _IMPORTING,
    "remove_import_profile": _IMPORTING,
    "export_books": RightTo(EXPORT_CATALOGUE),
    "export_copies": RightTo(EXPORT_CATALOGUE),
    "export_authorities": RightTo(EXPORT_CATALOGUE),
    "harvest_books": Anyone(),
    "harvest_books_by_form": Anyone(),
    "retrieve_records": Anyone(),
}

SCOPES = {
    "loans:read": "ask for figures",
    "members:standing": "ask for figures (services)",
    "admin": "close a branch for good",
    "books:write": "change the catalogue",
    "books:lending": "ask whether a copy may be lent (services)",
}
"""The scopes in words."""

SERVICE_SCOPES = frozenset({"books:lending"})
"""The scopes that only services of the library hold: places are kept for them."""
