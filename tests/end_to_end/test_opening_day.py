"""A script opens branches one after the other, and never waits: what one service has just been told, all know."""

import uuid
from datetime import date

from tests.end_to_end.library import Library, done

_HOURS = {"timezone": "Europe/Vienna", "weekly": {"tue": [["09:00", "18:00"]]}}


async def test_a_branch_that_was_opened_a_moment_ago_is_known_to_lending(library: Library) -> None:
    admin = await library.admin()
    codes = [f"OPENS-{uuid.uuid4().hex[:6].upper()}" for _ in range(3)]

    for code in codes:
        done(await admin.post(f"{library.books}/v1/branches", {"code": code, "name": f"Branch {code}"}))
        calendar = await admin.put(f"{library.loans}/v1/calendars/{code}", _HOURS)
        assert 201 == calendar.status_code, calendar.text

    last = f"{codes[0]}-2"
    done(await admin.post(f"{library.books}/v1/branches", {"code": last, "name": "The last one"}))
    flood = {"from": date(2031, 1, 2).isoformat(), "to": date(2031, 1, 3).isoformat(), "name": "Flood"}
    assert "Flood" in str(done(await admin.post(f"{library.loans}/v1/calendars/{last}/closures", flood)))
