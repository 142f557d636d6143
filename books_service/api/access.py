"""Who may call what in books: a row for each operation, by its id. A route without a row does not start."""

from shared.web.auth import AccessTable, Anyone, ScopeOf

_CATALOGUER = ScopeOf("books:write")
_LENDING_SERVICE = ScopeOf("books:lending")

ACCESS: AccessTable = {
    # titles
    "list_books": Anyone(),
    "browse_headings": Anyone(),
    "browse_shelf_marks": Anyone(),
    "get_book": Anyone(),
    "add_book": _CATALOGUER,
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
    "add_copy": _CATALOGUER,
    "revise_copy": _CATALOGUER,
    "remove_copy": _CATALOGUER,
    "change_copy_status": _CATALOGUER,
    "change_copy_statuses": _CATALOGUER,
    "get_history_of_copy": _CATALOGUER,
    "get_lendability_of_copy": _LENDING_SERVICE,
    "get_lendability_of_copies": _LENDING_SERVICE,
    "list_availability": _LENDING_SERVICE,
    "list_lendable_copies": _LENDING_SERVICE,
    # periodicals
    "list_subscriptions": _CATALOGUER,
    "get_subscription": _CATALOGUER,
    "put_subscription": _CATALOGUER,
    "end_subscription": _CATALOGUER,
    "receive_issue": _CATALOGUER,
    "list_issues": _CATALOGUER,
    "get_issue": _CATALOGUER,
    "revise_issue": _CATALOGUER,
    # stocktaking
    "begin_inventory": _CATALOGUER,
    "note_scans": _CATALOGUER,
    "get_inventory": _CATALOGUER,
    "list_copies_of_inventory": _CATALOGUER,
    "list_unknown_barcodes": _CATALOGUER,
    # branches
    "list_branches": Anyone(),
    "get_branch": Anyone(),
    "add_branch": _CATALOGUER,
    "revise_branch": _CATALOGUER,
    "close_branch_for_good": ScopeOf("admin"),
    # other catalogues
    "list_external_targets": _CATALOGUER,
    "get_external_target": _CATALOGUER,
    "put_external_target": _CATALOGUER,
    "remove_external_target": _CATALOGUER,
    "search_external_target": _CATALOGUER,
    # whole files
    "start_import": _CATALOGUER,
    "list_imports": _CATALOGUER,
    "get_import": _CATALOGUER,
    "undo_import": _CATALOGUER,
    "list_import_profiles": _CATALOGUER,
    "get_import_profile": _CATALOGUER,
    "put_import_profile": _CATALOGUER,
    "remove_import_profile": _CATALOGUER,
    "export_books": _CATALOGUER,
    "export_copies": _CATALOGUER,
    "export_authorities": _CATALOGUER,
    "harvest_books": Anyone(),
    "harvest_books_by_form": Anyone(),
    "retrieve_records": Anyone(),
}

SCOPES = {
    "admin": "close a branch for good",
    "books:write": "change the catalogue",
    "books:lending": "ask whether a copy may be lent (services)",
}
"""The scopes in words."""

SERVICE_SCOPES = frozenset({"books:lending"})
"""The scopes that only services of the library hold: places are kept for them."""
