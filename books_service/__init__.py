"""Books decides what the library owns and whether a copy may be lent. Its words: book, copy, barcode, branch."""
