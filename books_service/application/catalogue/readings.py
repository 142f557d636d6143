"""How single values of a title page are read: a form tells all that is wrong with it at once."""

from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language

READ_ISBN = Isbn.parse
READ_LANGUAGE = Language.parse
READ_LANGUAGE_TAG = Language.repaired

OF_ONE_BOOK = (BookNotFound,)
"""What may be said of a book that is only looked up."""
OF_A_SHOWN_BOOK = (*OF_ONE_BOOK, MergedIntoAnother)
"""What may be said of one to which there are links."""
