"""Each refusal of each act, once over HTTP: status, code, and a sentence that helps. The domain's tests prove why."""

import pytest

from books_service.application.authorities.change_authorities import AddAuthority, MergeAuthorities, ReviseAuthority
from books_service.application.catalogue.restore_book import RestoreBook
from books_service.application.catalogue.revise_book import ReviseBook
from books_service.application.exchange.external_targets import SearchExternally
from books_service.application.exchange.marc_records import ReplaceMarc
from books_service.application.serials.receive_issue import ReceiveIssue
from books_service.application.serials.subscribe import Subscribe
from books_service.application.stock.add_book import AddBook
from books_service.application.stock.add_branch import AddBranch
from books_service.application.stock.add_copy import AddCopy
from books_service.application.stock.bind_copy import BindCopy
from books_service.application.stock.change_copy_status import ChangeCopyStatus
from books_service.application.stock.close_branch import CloseBranch
from books_service.application.stock.inventory.take_inventory import BeginInventory, NoteScans
from books_service.application.stock.merge_books import MergeBooks
from books_service.application.stock.revise_branch import ReviseBranch
from shared.persistence.database import Database
from tests.books.api.authorities import refusals as authorities
from tests.books.api.catalogue import refusals as catalogue
from tests.books.api.conftest import Service
from tests.books.api.exchange import refusals as exchange
from tests.books.api.serials import refusals as serials
from tests.books.api.stock import refusals as stock
from tests.refusals import Meets, Reasons, Tables, assert_refused, assert_tables_are_whole, rows

TABLES: Tables[Service] = {
    **authorities.TABLES,
    **catalogue.TABLES,
    **stock.TABLES,
    **serials.TABLES,
    **exchange.TABLES,
}
OF_THE_BODY = "the body says what may stand there, and is refused before"
OF_THE_FORM = "MARC has one digit for it, and a year is read where four digits stand"
OF_TWO_AT_ONCE = (
    "takes no If-Match: of two changes at once one is refused, see tests/books/persistence/test_unit_of_work.py"
)
OF_TWO_DESKS = "of two desks at once one is refused, see tests/books/persistence/serials/test_serials.py"
OF_A_BRANCH = "asked in a branch: tests/books/api/test_rights_by_branch.py"
REASONS: Reasons = {
    **{key: {"right-missing": OF_A_BRANCH} for key in (BeginInventory, NoteScans)},
    AddBook: {"invalid-nonfiling-characters": OF_THE_BODY, "invalid-year": OF_THE_BODY, "invalid-price": OF_THE_BODY},
    ReviseBook: {"invalid-nonfiling-characters": OF_THE_BODY, "invalid-year": OF_THE_BODY},
    RestoreBook: dict.fromkeys(
        ("invalid-isbn", "invalid-language", "invalid-nonfiling-characters", "invalid-year", "invalid-heading-uri"),
        "what the history says was right when it was said",
    ),
    SearchExternally: dict.fromkeys(
        (
            "invalid-target-address",
            "external-target-failed",
            "external-target-refused",
            "external-target-slow",
        ),
        "needs another catalogue that answers so: see tests/books/api/exchange/test_external_targets.py",
    ),
    ReplaceMarc: {
        "invalid-nonfiling-characters": OF_THE_FORM,
        "invalid-year": OF_THE_FORM,
        "invalid-heading-uri": "numbers of other systems stay in the record and are not read",
    },
    AddAuthority: {"invalid-authority-kind": OF_THE_BODY, "too-many-forms": OF_THE_BODY},
    ReviseAuthority: {"invalid-authority-kind": OF_THE_BODY},
    MergeAuthorities: {"out-of-date": OF_TWO_AT_ONCE},
    AddBranch: {"too-many-values": OF_THE_BODY},
    ReviseBranch: {"too-many-values": OF_THE_BODY},
    AddCopy: {"invalid-price": OF_THE_BODY},
    Subscribe: {"invalid-item-type": OF_THE_BODY},
    ReceiveIssue: {"unknown-branch": "a branch that was there once stays", "out-of-date": OF_TWO_DESKS},
    MergeBooks: {"out-of-date": OF_TWO_AT_ONCE},
    ChangeCopyStatus: {"out-of-date": OF_TWO_AT_ONCE},
    BindCopy: {"out-of-date": OF_TWO_AT_ONCE},
    CloseBranch: {"out-of-date": OF_TWO_AT_ONCE},
}
STATUS = {
    **dict.fromkeys(
        (
            "book-not-found",
            "book-merged",
            "branch-not-found",
            "copy-not-found",
            "copies-not-found",
            "inventory-not-found",
        ),
        404,
    ),
    "external-target-not-found": 404,
    **dict.fromkeys(("subscription-not-found", "issue-not-found"), 404),
    **dict.fromkeys(("issue-already-received", "issue-has-copies"), 409),
    **dict.fromkeys(("isbn-already-catalogued", "book-has-copies", "merged-into-itself", "branch-code-taken"), 409),
    "book-not-removed": 409,
    "history-entry-not-found": 404,
    **dict.fromkeys(("authority-not-found", "authority-merged"), 404),
    **dict.fromkeys(("heading-taken", "authority-merged-with-itself", "authority-kinds-differ"), 409),
    **dict.fromkeys(("location-in-use", "barcode-taken", "copy-on-loan", "copy-has-past", "copy-withdrawn"), 409),
    "branch-closed": 409,
    **dict.fromkeys(("already-bound", "too-many-titles"), 409),
    "title-not-bound": 404,
    "out-of-date": 412,
}
"""422 if it is none of these: a value, or a rule."""
IN_ONE = frozenset({"barcode-taken", "branch-code-taken"})
"""What says in one sentence what is right, or leaves nothing to do."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """One kind of database is enough: no SQL is proved here."""
    return sqlite_database


@pytest.mark.parametrize(("code", "meets"), rows(TABLES))
async def test_a_refusal_has_its_status_its_code_and_a_sentence_that_helps(
    service: Service, code: str, meets: Meets[Service]
) -> None:
    assert_refused(await meets(service), code, status=STATUS.get(code, 422), in_one=IN_ONE)


def test_each_refusal_that_an_act_declares_stands_in_a_table() -> None:
    assert_tables_are_whole("books_service", TABLES, REASONS)
