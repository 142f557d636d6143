"""A request repeated with its key does its work once, whoever repeats it and however often."""

import asyncio

import httpx

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Copy, Library, Member, code_of, done


async def test_a_check_out_repeated_fifty_times_over_ten_connections_is_one_loan(library: Library) -> None:
    (copy,) = await library.shelve()
    reader = await library.enrol()

    async def ask_five_times() -> list[httpx.Response]:
        return [await _definite(library, copy, reader, "repeated-fifty-times") for _ in range(5)]

    answers = [answer for some in await asyncio.gather(*(ask_five_times() for _ in range(10))) for answer in some]

    assert {201} == {answer.status_code for answer in answers}
    assert 1 == len({answer.content for answer in answers})
    assert 1 == len({(answer.headers["location"], answer.headers["etag"]) for answer in answers})
    assert 49 == [answer.headers.get("idempotency-replayed") for answer in answers].count("true")
    assert 1 == len(await library.loans_of(copy))


async def test_a_repeated_check_out_is_told_once(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    for _ in range(3):
        done(await production.check_out(copy, reader, key=f"told-once-{copy.barcode}"))

    done(await production.give_back(copy))

    assert 4 == len(await production.witness.of_copy(copy.copy_id, 4))


async def test_a_repeat_finds_its_answer_at_another_process(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    first = await production.check_out(copy, reader, key="two-processes")

    second = await production.check_out(copy, reader, key="two-processes", desk=production.second_desk)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert "true" == second.headers["idempotency-replayed"]


async def test_a_key_cannot_be_used_for_another_request(library: Library) -> None:
    first, second = await library.shelve(copies=2)
    reader = await library.enrol()
    done(await library.check_out(first, reader, key="one-request-only"))

    refused = await library.check_out(second, reader, key="one-request-only")

    assert (422, "idempotency-key-reused") == (refused.status_code, code_of(refused))
    assert [] == await library.loans_of(second)


async def test_a_key_belongs_to_the_one_who_used_it(library: Library) -> None:
    first, second = await library.shelve(copies=2)
    reader = await library.enrol()
    done(await library.check_out(first, reader, key="everybody-says-so"))

    body = {"copy_barcode": second.barcode, "card_number": reader.card_number}
    answer = await (await library.admin()).post(f"{library.loans}/v1/loans", body, key="everybody-says-so")

    assert 201 == answer.status_code, answer.text
    assert "idempotency-replayed" not in answer.headers


async def test_a_key_in_use_is_refused_until_its_request_is_answered(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    await production.check_out(copy, reader, desk=production.second_desk)  # warms its connections up
    await production.give_back(copy)
    desk = production.second_desk

    async with production.line_to_books.questions_held() as reached:
        first = asyncio.create_task(production.check_out(copy, reader, key="slow", desk=desk))
        await reached.wait()
        second = await production.check_out(copy, reader, key="slow", desk=desk)

    assert (409, "idempotency-key-in-use") == (second.status_code, code_of(second))
    assert 201 == (await first).status_code
    third = await production.check_out(copy, reader, key="slow", desk=desk)
    assert (await first).content == third.content


async def _definite(library: Library, copy: Copy, reader: Member, key: str) -> httpx.Response:
    """Repeat until the request is not being worked on elsewhere, as a client has to."""
    while True:
        answer = await library.check_out(copy, reader, key=f"{key}-{copy.barcode}")
        if answer.status_code != 409 or code_of(answer) != "idempotency-key-in-use":
            return answer
