"""The example is run as it stands, and its page about a refusal is there."""

import asyncio
import re
import sys
from pathlib import Path

import httpx

from tests.clients.toolbox import run
from tests.end_to_end.gears import EmbeddedLibrary

EXAMPLE = Path(__file__).parents[2] / "docs" / "example.py"


async def test_the_example_does_the_main_job(embedded: EmbeddedLibrary) -> None:
    told = await asyncio.to_thread(run, [sys.executable, EXAMPLE, *embedded.services.values()])

    shelf, lent, refused, returned = told.splitlines()
    assert re.fullmatch(r"Dracula by Bram Stoker: 3\d{13} is on the shelf\.", shelf)
    assert re.fullmatch(r"Lent until \S+Z\. Sent again, it is the same loan: True\.", lent)
    assert refused.startswith("Lent to somebody else? copy-on-loan - ")
    assert "Taken back; it goes to the shelf." == returned
    page = httpx.get(refused.rpartition(" ")[2], trust_env=False)
    assert (200, True) == (page.status_code, "<h1>Copy on loan</h1>" in page.text)
