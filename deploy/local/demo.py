"""What the library shows on its first day: a branch, a shelf of classics, and three people who can sign in."""

from collections.abc import AsyncIterator
from pathlib import Path

import books_service.main
import members_service.main
from books_service.adapters.exchange.csv_records import read_csv
from books_service.application.exchange.import_books import import_books
from books_service.application.ports import FileRecord, ReadingOptions
from books_service.application.ports import Ports as BooksPorts
from books_service.application.stock.add_branch import AddBranch, add_branch
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.copy import Copy
from deploy.local.gear import Gear, LibrarySettings
from members_service.application.identity.accounts.activate_account import ChosenPassword
from members_service.application.identity.accounts.create_account import NewAccount
from members_service.application.membership.enrol_member import Enrol
from members_service.wiring.use_cases import UseCases as MembersUseCases
from shared.kernel.ids import new_id

CATALOGUE = Path(__file__).with_name("demo_books.csv")
BRANCH = "MAIN"
PIN = "2468"
CARD = "20000000000018"
FIRST_BARCODE = 30000000000019
LOGINS = {
    "admin": ("admin@library.example", "admin-demo-password"),
    "librarian": ("librarian@library.example", "librarian-demo-password"),
    "member": ("ada@library.example", "ada-demo-password"),
}
_BEGUN, _DONE = "begun", "done"


def is_there(gear: Gear) -> bool:
    """Tell whether the data folder has the demo accounts, or may have them."""
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
    async with books_service.main.opened(settings.books) as ports:
        main = AddBranch(BRANCH, "Main library")
        await add_branch(
            main, uow=ports.unit_of_work(None), clock=ports.clock, timezone=settings.books.library_timezone
        )
        options = ReadingOptions({}, ";")

        def read() -> AsyncIterator[FileRecord]:
            return read_csv(_pieces(), options)

        async for _ in import_books(read, unit_of_work=lambda: ports.unit_of_work(None), clock=ports.clock):
            pass
        await add_copies(ports)


async def add_copies(ports: BooksPorts) -> None:
    """Put two copies of each book on the shelf, with barcodes counted up."""
    books = await ports.records.behind(None, limit=1_000)
    async with ports.unit_of_work(None) as uow:
        for number, (book_id, _) in enumerate((book for book in books for _ in range(2)), FIRST_BARCODE):
            barcode = Barcode(str(number))
            uow.copies.add(Copy(id=new_id(), book_id=book_id, barcode=barcode, branch=BRANCH, now=ports.clock.now()))
        await uow.commit()


async def _pieces() -> AsyncIterator[bytes]:
    yield CATALOGUE.read_bytes()


async def _open_accounts(settings: LibrarySettings) -> None:
    async with members_service.main.opened(settings.members) as use_cases:
        for role in ("admin", "librarian"):
            email, password = LOGINS[role]
            await use_cases.identity.accounts.create_account(NewAccount(email, password, [role]))
        await _enrol_ada(use_cases)


async def _enrol_ada(use_cases: MembersUseCases) -> None:
    email, password = LOGINS["member"]
    ada = Enrol(name="Ada Lovelace", email=email, category="adult", card_number=CARD, pin=PIN, by_admin=True)
    enrolled = await use_cases.membership.enrol_member(ada)
    await use_cases.identity.accounts.activate_account(ChosenPassword(enrolled.activation_token or "", password))
