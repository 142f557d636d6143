"""What the processes wrote while all this was done to them: whole lines of JSON, and nothing about anybody."""

import json
from functools import partial

from tests.end_to_end.gears import LOANS_SECRET, ProductionLibrary
from tests.end_to_end.library import LIBRARIAN, done, eventually

PERSONAL = ("readers.example", "Dorothea", LIBRARIAN.email, LIBRARIAN.password, LOANS_SECRET, "pass phrase", "eyJ")


async def test_no_log_tells_anything_about_a_person(production: ProductionLibrary) -> None:
    await _something_happens(production)

    for name, log in production.logs().items():
        assert [] == [found for found in PERSONAL if found in log], name


async def test_every_line_of_every_log_is_one_event(production: ProductionLibrary) -> None:
    await _something_happens(production)

    for name, log in production.logs().items():
        events = [json.loads(line) for line in log.splitlines()]
        assert events, name
        assert {name.partition(" ")[0].replace("second_desk", "loans")} == {event["service.name"] for event in events}
        assert [] == [event for event in events if not {"@timestamp", "log.level", "message"} <= event.keys()]


async def test_a_request_can_be_followed_from_one_service_into_another(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    headers = {"X-Request-ID": "follow-me-0001", "Authorization": f"Bearer {(await production.librarian()).token}"}
    body = {"copy_barcode": copy.barcode, "card_number": reader.card_number}

    answer = await production.http.post(f"{production.loans}/v1/loans", json=body, headers=headers)

    assert (201, "follow-me-0001") == (answer.status_code, answer.headers["x-request-id"])
    for service in ("loans", "books", "members"):
        await eventually(partial(_has_told, production, service))  # a line is written after the answer is sent
    events = await production.witness.of_copy(copy.copy_id, 2)
    assert {"follow-me-0001"} == {event.attributes["correlationid"] for event in events}
    done(await production.give_back(copy))


async def _has_told(production: ProductionLibrary, service: str) -> bool:
    return any("follow-me-0001" in line for line in production.logs()[service].splitlines())


async def _something_happens(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    await production.signed_in(reader.person)
    done(await production.check_out(copy, reader))
    done(await production.give_back(copy, desk=production.second_desk))
    await production.shows(copy, "available")
