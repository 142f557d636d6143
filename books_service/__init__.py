"""Books decides what the library owns and whether a copy may be lent. Its words: book, copy, barcode, branch."""

import shared.lean_imports  # noqa: F401 - comes before whatever it keeps out
