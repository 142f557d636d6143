"""What the samples are about: a book, a copy, a loan and a member of the demo data, and some moments."""

from datetime import UTC, datetime
from uuid import UUID

BOOK, COPY = UUID("01a20e28-0ed8-759a-b944-fc4ab3285b0d"), UUID("01a20e28-0edd-7560-b2c0-5199a4e5b02d")
LOAN, ADA = UUID("01a20e28-1086-7c88-b465-26674d79d3b0"), UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0")
TITLE, BARCODE, CARD = "Pride and Prejudice", "30000000000019", "20000000000018"
LENT, DUE = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC)
BACK, LATE = datetime(2026, 3, 20, 16, 30, tzinfo=UTC), datetime(2026, 4, 10, 10, tzinfo=UTC)
