"""A gateway that is killed and services that are away: nothing is lost, nothing is done twice."""

import asyncio
from datetime import timedelta

import pytest

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import eventually
from tests.end_to_end.line import Line
from tests.end_to_end.sip2.machines import Gateway, Site, account, stamp
from tests.loans.sip2.self_check import fields

UNAVAILABLE = ["The library does not answer. Please try again in a moment."]


async def test_a_gateway_killed_between_question_and_answer_lends_once(production_for_all: ProductionLibrary) -> None:
    library = production_for_all
    async with Line(library.ports["loans"]) as line:
        gateway = Gateway(library.services | {"loans": f"http://127.0.0.1:{line.port}"}, [account()])
        await asyncio.to_thread(gateway.start)
        try:
            site, at = Site(library, gateway.port), stamp()
            card, [copy] = await site.reader(), await library.shelve()
            async with await site.machine() as asking:
                await asking.status()
                async with line.answers_held() as lent:
                    question = asyncio.create_task(asking.check_out(card, copy.barcode, at=at))
                    await asyncio.wait_for(lent.wait(), 20)
                    await asyncio.to_thread(gateway.kill)
                    assert (await asyncio.gather(question, return_exceptions=True))[0] != "121"
            await asyncio.to_thread(gateway.start)
            async with await site.machine() as asking:
                answer = await asking.check_out(card, copy.barcode, at=at)
                summary = await asking.information(card)
        finally:
            await asyncio.to_thread(gateway.close)

    assert "121NUY" == answer[:6]
    assert [copy.barcode] == [loan["barcode"] for loan in await library.loans_of(copy)]
    assert "0001" == summary[45:49]


@pytest.mark.parametrize(
    ("service", "flags"),
    [("books", "YYNYYY"), ("members", "YYNNNY"), ("loans", "NNNNYY")],
    ids=str,
)
async def test_what_cannot_be_done_is_said_and_what_needs_no_neighbour_goes_on(
    service: str, flags: str, production: ProductionLibrary, gateway: Gateway
) -> None:
    site = Site(production, gateway.port)
    card, [out, free] = await site.reader(), await production.shelve(copies=2)
    offline = f"11NY{stamp(ago=timedelta(hours=1))}{' ' * 18}AA{card}|AB{free.barcode}|"
    async with await site.machine() as asking, await site.machine() as other:
        assert "121" == (await asking.check_out(card, out.barcode))[:3]
        await production.kill(service)
        status = await asking.status()
        refused = await asking.check_out(card, free.barcode)
        back = await asking.check_in(out.barcode)
        person = await asking.information(card)
        await other.line.send(offline.encode() + b"\r")
        silence = await other.line.hear()
    await production.start(service)
    await production.desks_reach_everybody()
    async with await site.machine() as asking:
        last = await asking.check_in(out.barcode)

        async def is_lent() -> bool:
            return (await asking.ask(offline))[:3] == "121"

        await eventually(is_lent)

    assert flags == status[2:8]
    assert UNAVAILABLE == fields(status)["AF"]
    assert ("120NUN", UNAVAILABLE) == (refused[:6], fields(refused)["AF"])
    assert ("100NUY" if service == "loans" else "101YUN") == back[:6]
    assert ("BLN" in person) == (service != "books")
    assert b"" == silence
    assert "101" == last[:3]
    assert [False] == [loan["status"] == "open" for loan in await production.loans_of(out)]


async def test_returns_count_with_nobody_but_loans(production: ProductionLibrary, gateway: Gateway) -> None:
    site = Site(production, gateway.port)
    card, [copy] = await site.reader(), await production.shelve()
    async with await site.machine() as asking:
        await asking.check_out(card, copy.barcode)
        await asyncio.gather(production.kill("books"), production.kill("members"))
        back = await asking.check_in(copy.barcode)

    assert ("101YUN", ["Middlemarch"]) == (back[:6], fields(back)["AJ"])
