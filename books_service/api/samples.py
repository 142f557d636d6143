"""Samples of what the routes take and answer, one for each type: from these the document shows every example.

They are things of the demo data, so that what a newcomer tries out finds something.
"""

from datetime import UTC, datetime
from uuid import UUID

from books_service.api.authorities.samples import AUTHORITY_SAMPLES
from books_service.api.catalogue.book_lists import BookListResponse
from books_service.api.catalogue.book_models import (
    BookPatchRequest,
    BookReplaced,
    BookRequest,
    ContributorRequest,
    IdentifierRequest,
    RestoreRequest,
    SeriesRequest,
)
from books_service.api.catalogue.books import BookAvailabilities
from books_service.api.catalogue.browsing import IndexEntryResponse, IndexResponse
from books_service.api.copy_requests import CopyRequest
from books_service.api.exchange.external import (
    ExternalRecordList,
    ExternalRecordResponse,
    ExternalSearchRequest,
    ExternalTargetList,
    ExternalTargetRequest,
    ExternalTargetResponse,
)
from books_service.api.serials.samples import serial_samples
from books_service.api.shapes import PriceRequest
from books_service.api.stock.availability import ReportedAvailabilities
from books_service.api.stock.branch_samples import BRANCH_SAMPLES
from books_service.api.stock.copies import (
    BindingRequest,
    CopyPatchRequest,
    StatusesRequest,
    StatusRequest,
    TemporaryPlaceRequest,
)
from books_service.api.stock.inventories import InventoryRequest, ScansRequest
from books_service.api.stock.labels import LabelsRequest
from books_service.api.stock.lendability import (
    CopyQuestion,
    LendabilityAnswer,
    LendabilityAnswers,
    LendabilityRequest,
    ProblemResponse,
)
from books_service.api.stock.lendable_books import (
    BookLendabilityAnswer,
    BookLendabilityAnswers,
    BookLendabilityRequest,
    BookProblem,
    NamedBook,
)
from books_service.api.stock.lendable_copies import LendableCopiesResponse
from books_service.api.stock.stock import HoldingsResponse, MergeRequest
from books_service.application.catalogue.history import CatalogueChange, FieldChange
from books_service.application.catalogue.views import AvailabilityView, BookAvailability, BookView, RelationView
from books_service.application.exchange.external_targets import FieldDifference
from books_service.application.stock.inventory.take_inventory import ScansNoted
from books_service.application.stock.inventory.views import InventoryCopy, InventoryView, UnknownBarcode
from books_service.application.stock.queries.duplicates import DuplicateBooks
from books_service.application.stock.queries.lendable_copies import LendableCopyView
from books_service.application.stock.queries.working_lists import ListedCopy, ListedDuplicates
from books_service.application.stock.views import (
    BookLendability,
    BulkLine,
    BulkResult,
    CopyLendability,
    CopyView,
    HeldCopy,
    Holdings,
    LendingRefusal,
    ReportedAvailability,
)
from books_service.domain.attributes import Attribute
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.catalogue.contributor import Contributor, ContributorRole
from books_service.domain.catalogue.copy_counts import BranchCounts
from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.link import Classification
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.catalogue.series import Series
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from books_service.domain.stock.place import TemporaryPlace
from books_service.domain.stock.stands import ReportedStands, Stands, StandsWhy
from books_service.domain.stock.volume import Volume
from shared.kernel.file_records import KindCounts, RecordError
from shared.kernel.from_attributes import from_attributes
from shared.kernel.import_profiles import ImportProfile
from shared.kernel.imports import ImportView
from shared.web.imports import samples_of
from shared.web.statistics import SAMPLES as OF_STATISTICS
from shared.web.working_lists import a_sample

_ROMOLA = UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd1")
_BARCODE, _LABEL_OF_NO_COPY = "30000000500014", "30000000500099"
_ADDED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_LENT = datetime(2026, 3, 1, 10, tzinfo=UTC)
_DUE = datetime(2026, 3, 22, 23, 59, 59, tzinfo=UTC)

_A_BOOK_TO_ADD = BookRequest(
    title="Romola",
    authors=["George Eliot"],
    contributors=[ContributorRequest(name="Andrew Sanders", role="editor")],
    isbns=["978-0-14-043470-5"],
    identifiers=[IdentifierRequest(scheme="oclc", value="5564553")],
    place="London",
    publisher="Penguin Classics",
    published_year=1863,
    languages=["en"],
    series=[SeriesRequest(title="Penguin English Library")],
    subjects=["Florence", "Renaissance"],
)
_A_BOOK = BookView(
    book_id=_ROMOLA,
    number=4711,
    title="Romola",
    nonfiling_characters=None,
    authors=("George Eliot",),
    contributors=(Contributor("Andrew Sanders", ContributorRole.EDITOR),),
    isbns=("9780140434705",),
    identifiers=(Identifier(Scheme.OCLC, "5564553"),),
    subtitle=None,
    variant_titles=(),
    own_script=(),
    place="London",
    publisher="Penguin Classics",
    published_year=1863,
    edition=None,
    languages=("en",),
    series=(Series("Penguin English Library"),),
    subjects=("Florence", "Renaissance"),
    description=None,
    format=None,
    extent="734 pages",
    audience=None,
    classification=(Classification("823.8", "ddc"),),
    notes=(),
    links=(),
    external_id=None,
    suppressed=False,
    tags=("summer reading",),
    attributes=(Attribute("donor", "The Friends of the Library"),),
    heading_uris=(),
    hidden=False,
    availability=AvailabilityView(
        copies=2,
        lendable=2,
        available=1,
        requested=0,
        on_loan=1,
        on_hold_shelf=0,
        branches=(BranchCounts("MAIN", copies=2, lendable=2, available=1),),
    ),
    added_at=_ADDED,
    version=1,
    isbn_hyphenated="978-0-14-043470-5",
    isbn10="0140434704",
    relations=(
        RelationView(RelationKind.OTHER_EDITION, UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd2"), "Romola: a film", None),
    ),
)
_A_PAGE_OF_BOOKS = BookListResponse(
    items=[_A_BOOK],
    next_cursor=None,
    respelt={},
    facets=None,
    facets_books=None,
    facets_complete=None,
    total=1,
    total_complete=True,
)
_AN_INDEX = IndexResponse(
    items=[IndexEntryResponse(heading="Eliot, George", books=12)], next_cursor=None, previous_cursor=None, at=0
)
_A_COPY = CopyView(
    copy_id=UUID("01a20f56-d617-79af-96e1-d09abc203819"),
    number=30127,
    book_id=_ROMOLA,
    bound_with=(),
    barcode=_BARCODE,
    branch="MAIN",
    location="FICTION",
    item_type="book",
    shelf_mark="ELI 823.8",
    volume=None,
    volume_key=None,
    condition=None,
    staff_note=None,
    keep_reason=None,
    suppressed=False,
    tags=(),
    attributes=(),
    note=None,
    price=Money(1290, "EUR"),
    external_id=None,
    status=CopyStatus.IN_SERVICE,
    status_since=_ADDED,
    availability=Availability.ON_LOAN,
    due_at=_DUE,
    transit_to=None,
    stands=Stands("MAIN", None, StandsWhy.ON_LOAN, _LENT),
    temporary=TemporaryPlace("EAST", "CHILDREN", until=_DUE, since=_ADDED),
    holdable=True,
    last_seen_at=_LENT,
    added_at=_ADDED,
    version=1,
)
_A_LISTED_COPY = from_attributes(
    _A_COPY, ListedCopy, title=_A_BOOK.title, authors=_A_BOOK.authors, loans=0, lent_at=None
)
_LISTED_DUPLICATES = ListedDuplicates("isbn", "9780140434705", 2, _A_BOOK.title, (_ROMOLA,))
_NO_COPY, _NO_BOOK = CopyNotFound(), BookNotFound()
_A_COPY_IN_REPAIR = from_attributes(
    _A_COPY,
    CopyLendability,
    title=_A_BOOK.title,
    lendable=False,
    hidden=False,
    refusals=(LendingRefusal("in_repair", "copy-not-lendable", "This copy is being repaired."),),
    desk_branch=None,
    timezone="Europe/Vienna",
    volume_key=None,
)
_A_LENDABLE_BOOK = BookLendability(
    book_id=_ROMOLA, title="Romola", lendable_copies=2, holdable_copies=2, copies=2, item_types=("book",)
)
_AN_INVENTORY = InventoryView(
    inventory_id=UUID("01a20f59-4b5a-72ae-b315-6757a5c0edd1"),
    branch="MAIN",
    location=None,
    shelf_mark_from="A",
    shelf_mark_to="C",
    began_at=_ADDED,
    scanned=1,
    missing=(),
    misplaced=(),
    wrong_status=(),
    unknown=(_LABEL_OF_NO_COPY,),
    complete=True,
)

_A_PROFILE = ImportProfile(
    "koha", "books", "csv", {"published_year": "year"}, ("external_id", "isbn"), ("description",), version=3
)
_AN_IMPORT = ImportView(
    import_id=UUID("01a20f58-136b-707a-9e57-803ea531a0a4"),
    what="books",
    state="done",
    format="csv",
    dry_run=False,
    read=2000,
    created=1970,
    updated=0,
    skipped=30,
    failed=0,
    kinds={"copies": KindCounts(created=3990, updated=0, skipped=0, failed=1)},
    left_out={"colour": 1200},
    errors=(
        RecordError(
            916,
            "812971060",
            "invalid-isbn",
            "The check digit of the ISBN 0812971060 is wrong: one of its digits is mistyped.",
        ),
    ),
    next_cursor=None,
    match=(),
    protect=(),
    undoes=None,
    created_at=_ADDED,
    finished_at=datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC),
    version=12,
)

_A_TARGET = ExternalTargetResponse(
    code="dnb",
    title="Deutsche Nationalbibliothek",
    url="https://services.dnb.de/sru/dnb",
    sru_version="1.1",
    record_schema="MARC21-xml",
    isbn_index="NUM",
    word_index="WOE",
    version=1,
)

SAMPLES = (
    *samples_of(_AN_IMPORT, _A_PROFILE),
    ExternalTargetRequest.model_validate(_A_TARGET.model_dump(exclude={"code", "version"})),
    _A_TARGET,
    ExternalTargetList(items=[_A_TARGET]),
    ExternalSearchRequest(target="dnb", isbn="978-0-14-043470-5"),
    ExternalRecordList(
        items=[
            ExternalRecordResponse(
                record={
                    "leader": "00000nam a2200000 c 4500",
                    "fields": [{"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "Romola"}]}}],
                },
                fields={"title": "Romola", "publisher": "Penguin"},
                matches=[_ROMOLA],
                changes=[FieldDifference("publisher", "Penguin Classics", "Penguin")],
                errors=[],
            )
        ],
        total=1,
    ),
    _A_BOOK_TO_ADD,
    BookReplaced.model_validate(_A_BOOK_TO_ADD.model_dump(exclude_unset=True)),
    BookPatchRequest(edition="2nd", subjects=["Florence"], description=None),
    _A_BOOK,
    _AN_INDEX,
    _A_PAGE_OF_BOOKS,
    BookAvailabilities(items=[BookAvailability(_ROMOLA, _A_BOOK.availability)]),
    CatalogueChange(
        17, _ADDED, "01a20f54-4227-75ff-abbe-b9f688e1665a", "revised", (FieldChange("edition", None, "2nd"),)
    ),
    RestoreRequest(place=41),
    DuplicateBooks("isbn", "9780140434705", total=2, books=(_A_BOOK,)),
    MergeRequest(into=_ROMOLA),
    CopyRequest(
        barcode=_BARCODE, branch="MAIN", shelf_mark="ELI 823.8", price=PriceRequest(amount=1290, currency="EUR")
    ),
    CopyPatchRequest(
        branch="MAIN",
        shelf_mark="ELI 823.8",
        condition=None,
        temporary=TemporaryPlaceRequest(branch="EAST", location="CHILDREN", until=_DUE),
    ),
    BindingRequest(book_id=UUID("01a20f56-0b5a-72ae-b315-6757a5c0edd3")),
    StatusRequest(status="in_repair", reason="The spine is loose."),
    StatusesRequest(barcodes=[_BARCODE], status="withdrawn", reason="Weeded."),
    LabelsRequest(copy_ids=[_A_COPY.copy_id], sheet="a4-3x7"),
    _A_COPY,
    HoldingsResponse(items=[Holdings(_ROMOLA, (from_attributes(_A_COPY, HeldCopy),), total=1)]),
    BulkResult(0, 1, (BulkLine(_BARCODE, None, {"code": _NO_COPY.code, "detail": _NO_COPY.detail}),)),
    ReportedAvailabilities(
        items=[from_attributes(_A_COPY, ReportedAvailability, stands=ReportedStands("MAIN", StandsWhy.ON_LOAN, _LENT))]
    ),
    LendabilityRequest(copies=[CopyQuestion(barcode=_BARCODE, branch="MAIN")]),
    _A_COPY_IN_REPAIR,
    LendabilityAnswers(
        items=[
            LendabilityAnswer(found=_A_COPY_IN_REPAIR),
            LendabilityAnswer(problem=ProblemResponse(code=_NO_COPY.code, detail=_NO_COPY.detail)),
        ]
    ),
    BookLendabilityRequest(books=[NamedBook(isbn="9780141439587")]),
    _A_LENDABLE_BOOK,
    BookLendabilityAnswers(
        items=[
            BookLendabilityAnswer(found=_A_LENDABLE_BOOK),
            BookLendabilityAnswer(problem=BookProblem(code=_NO_BOOK.code, detail=_NO_BOOK.detail)),
        ]
    ),
    LendableCopiesResponse(
        book_id=_ROMOLA,
        title="Romola",
        copies=3,
        holdable=2,
        item_types=["book"],
        hidden=False,
        volumes=[Volume("1", "1"), Volume("2", "2")],
        volume=None,
        editions=[],
        bound=[],
        items=[from_attributes(_A_COPY, LendableCopyView, shelf_mark_key="ELI 003823.8", volume_key="1")],
        next_cursor=None,
    ),
    *AUTHORITY_SAMPLES,
    *BRANCH_SAMPLES,
    *serial_samples(_A_COPY),
    InventoryRequest(branch="MAIN", shelf_mark_from="A", shelf_mark_to="C"),
    ScansRequest(barcodes=[_BARCODE, _LABEL_OF_NO_COPY]),
    _AN_INVENTORY,
    ScansNoted(_AN_INVENTORY.inventory_id, scanned=2),
    InventoryCopy(
        copy_id=UUID("01a20f59-4b46-7a3f-a01c-0d3c0a7f1a11"),
        barcode=_BARCODE,
        title="Pride and Prejudice",
        branch="MAIN",
        location=None,
        shelf_mark="A 823",
        status=CopyStatus.IN_SERVICE,
        availability=Availability.AVAILABLE,
        stands=Stands("MAIN", None, StandsWhy.HOME, _ADDED),
    ),
    UnknownBarcode(_LABEL_OF_NO_COPY),
    _A_LISTED_COPY,
    _LISTED_DUPLICATES,
    a_sample("never-lent", ListedCopy),
    *OF_STATISTICS,
)
