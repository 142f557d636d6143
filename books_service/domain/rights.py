"""The rights that the catalogue asks for. Members hands them out, and lists them with what each is for."""

from shared.kernel.rights import Right

_CATALOGUER = ("books:write",)

CATALOGUE = Right("catalogue", 32, _CATALOGUER)
COPIES = Right("copies", 33, _CATALOGUER)
WITHDRAW = Right("withdraw", 34, _CATALOGUER)
TAKE_STOCK = Right("take_stock", 35, _CATALOGUER)
BRANCHES = Right("branches", 36, _CATALOGUER, by_branch=False)
IMPORT_CATALOGUE = Right("import_catalogue", 37, _CATALOGUER, by_branch=False)
EXPORT_CATALOGUE = Right("export_catalogue", 38, _CATALOGUER, by_branch=False)
RESTORE_COPIES = Right("restore_copies", 39, ("admin",), by_branch=False)
CONSISTENCY = Right("consistency", 17, ("admin",), by_branch=False)
STATISTICS = Right("statistics", 48, ("admin", "books:lending", "members:standing"))
CLOSE_BRANCHES = Right("close_branches", 40, ("admin",), by_branch=False)
ASK_WHAT_IS_LENT = Right("ask_what_is_lent", 41, ("books:lending",), by_branch=False, of_people=False)
