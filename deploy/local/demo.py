"""What the library shows on its first day: a branch, a shelf of classics, and three people who can sign in."""

from collections.abc import AsyncIterator
from pathlib import Path

from books_service.adapters.exchange.text.csv_records import read_csv
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from books_service.application.stock.add_branch import NewBranch
from books_service.application.use_cases import UseCases as BooksUseCases
from books_service.wiring.commands import opened as opened_books
from deploy.local.gear import Gear, LibrarySettings
from members_service.application.identity.accounts.activate_account import ChosenPassword
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.application.membership.enrol_member import Enrol
from members_service.application.use_cases import UseCases as MembersUseCases
from members_service.wiring.commands import opened as opened_members
from shared.kernel.imports import ImportFile

CATALOGUE = Path(__file__).with_name("demo_books.csv")
BRANCH = "MAIN"
PIN = "4819"
CARD = "20000000000018"
FIRST_BARCODE = 30000000000019
LOGINS = {
    "admin": ("admin@library.example", "admin-demo-password"),
    "librarian": ("librarian@library.example", "librarian-demo-password"),
    "member": ("ada@library.example", "ada-demo-password"),
}
_BEGUN, _DONE = "begun", "done"


def is_there(gear: Gear) -> bool:
    """Return whether the data folder has the demo accounts, or may have them."""
    return _note(gear).exists()


def undo_unfinished(gear: Gear) -> None:
    """Drop the data of a first start that was interrupted: nobody could have used it yet."""
    if is_there(gear) and _note(gear).read_text() == _BEGUN:
        for file in gear.data.glob("*.db*"):
            file.unlink()
        _note(gear).unlink()


async def furnish(gear: Gear, settings: LibrarySettings) -> None:
    """Create the demo data in an empty library."""
    _note(gear).write_text(_BEGUN)
    await _fill_shelves(settings)
    await _open_accounts(settings)
    _note(gear).write_text(_DONE)


def _note(gear: Gear) -> Path:
    return gear.data / "demo-accounts"


async def _fill_shelves(settings: LibrarySettings) -> None:
    async with opened_books(settings.books) as books:
        await books.stock.add_branch(NewBranch(BRANCH, "Main library"))
        options = ReadingOptions({}, ";")

        def read() -> AsyncIterator[IncomingRecord]:
            return read_csv(_pieces(), options)

        async for _ in books.exchange.import_books(ImportFile(), read):
            pass
        await add_copies(books)


async def add_copies(use_cases: BooksUseCases) -> None:
    """Put two copies of each book on the shelf, with barcodes counted up."""
    books = await use_cases.exchange.export_books.records.behind(None, limit=1_000)

    async def copies() -> AsyncIterator[IncomingRecord]:
        twice = [book_id for book_id, _ in books for _ in range(2)]
        for number, book_id in enumerate(twice):
            copy = {"barcode": str(FIRST_BARCODE + number), "branch": BRANCH}
            yield IncomingRecord(number + 1, {}, copies=(copy,), is_copy=True, books=(f"id:{book_id}",))

    async for _ in use_cases.exchange.import_books(ImportFile(), copies):
        pass


async def _pieces() -> AsyncIterator[bytes]:
    yield CATALOGUE.read_bytes()


async def _open_accounts(settings: LibrarySettings) -> None:
    async with opened_members(settings.members) as use_cases:
        for role in ("admin", "librarian"):
            email, password = LOGINS[role]
            await use_cases.identity.accounts.create_account(NewAccount(email, password, [role]))
        await _enrol_ada(use_cases)


async def _enrol_ada(use_cases: MembersUseCases) -> None:
    email, password = LOGINS["member"]
    ada = Enrol(name="Ada Lovelace", email=email, category="adult", card_number=CARD, pin=PIN, by_admin=True)
    enrolled = await use_cases.membership.enrol_member(ada)
    await use_cases.identity.accounts.activate_account(ChosenPassword(enrolled.activation_token or "", password))
