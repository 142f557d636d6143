"""Each message of a machine, answered by the library itself in both of its gears."""

import re
from datetime import datetime, timedelta
from typing import Any

from tests.end_to_end.library import done
from tests.end_to_end.sip2.machines import PIN, Site, stamp
from tests.loans.sip2.self_check import fields


async def branch(site: Site, code: str) -> None:
    admin = await site.library.admin()
    if (await admin.get(f"{site.library.books}/v1/branches/{code}")).status_code == 404:
        done(await admin.post(f"{site.library.books}/v1/branches", {"code": code, "name": code.title()}))


async def hold(site: Site, card: str, book_id: str, **more: Any) -> dict[str, Any]:
    desk = await site.library.librarian()
    return done(await desk.post(f"{site.library.loans}/v1/holds", {"book_id": book_id, "card_number": card, **more}))


async def test_a_machine_signs_in_and_hears_what_can_be_done(either: Site) -> None:
    async with await either.machine() as asking:
        answer = await asking.status()

    assert "98YYYYYY100003" == answer[:14]
    assert re.fullmatch(r"[0-9]{8}    [0-9]{6}2\.00", answer[14:36])
    assert {"AO": ["MAIN"], "AM": ["Library"], "BX": ["YYYYYYYYYYYNYYYY"], "AN": ["MAIN"]} == fields(answer)


async def test_a_copy_is_lent_shown_renewed_and_taken_back(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    async with await either.machine() as asking:
        before, lent, after = (
            await asking.item(copy.barcode),
            await asking.check_out(card, copy.barcode),
            await asking.item(copy.barcode),
        )
        renewed = await asking.ask(f"29NN{stamp()}{' ' * 18}AOlib|AA{card}|AD{PIN}|AB{copy.barcode}|")
        all_renewed = await asking.ask(f"65{stamp()}AOlib|AA{card}|AD{PIN}|")
        back, again = await asking.check_in(copy.barcode), await asking.check_in(copy.barcode)

    told = fields(lent)
    assert ("1803", "121NUY", "1804") == (before[:4], lent[:6], after[:4])
    assert (told["AA"], told["AB"], told["AJ"]) == ([card], [copy.barcode], ["Middlemarch"])
    assert told["AH"] == fields(after)["AH"]
    assert re.fullmatch(r"Due [0-9]{2} [A-Z][a-z]{2} [0-9]{4}\.", told["AF"][0])
    assert "301Y" == renewed[:4]
    assert fields(renewed)["AH"] > told["AH"]
    assert re.fullmatch("661000[01]000[01]", all_renewed[:11])
    assert (["MAIN"], ["Middlemarch"], ["1"]) == (fields(back)["AQ"], fields(back)["AJ"], fields(back)["CL"])
    assert ("101YUN", "101YUN") == (back[:6], again[:6])


async def test_a_machine_hears_of_a_reader_what_the_library_knows(either: Site) -> None:
    card, [copy, other] = await either.reader(), await either.library.shelve(copies=2)
    [wanted] = await either.library.shelve(title="Silas Marner")
    member_id = await either.member_id(card)
    desk = await either.library.librarian()
    charge = {"member_id": member_id, "kind": "damage", "amount": {"amount": 140, "currency": "EUR"}}
    async with await either.machine() as asking:
        await asking.check_out(await either.reader(), wanted.barcode)
        await asking.check_out(card, copy.barcode)
        await hold(either, card, wanted.book_id)
        fine = await desk.post(f"{either.library.loans}/v1/charges", charge)
        summary = await asking.information(card)
        lists = {
            name: fields(await asking.information(card, summary=" " * place + "Y")).get(name, [])
            for place, name in enumerate(("AS", "AT", "AU", "AV", "BU", "CD"))
        }
        none = fields(await asking.information(card, summary="  Y", more="BP2|BQ5|"))
        status = await asking.ask(f"23001{stamp()}AOlib|AA{card}|AC|AD{PIN}|")

    owes = fine.is_success
    told = fields(summary)
    assert ("64" + " " * 14 + "001", f"00000000000100{int(owes):02}00000001") == (summary[:19], summary[37:61])
    assert (["Dorothea Brooke"], ["Y"], ["Y"]) == (told["AE"], told["BL"], told["CQ"])
    assert (["EUR"], ["1.40" if owes else "0.00"]) == (told["BH"], told["BV"])
    assert (["0005"], ["0003"], ["0010"], ["10.00"]) == (told["BZ"], told["CA"], told["CB"], told["CC"])
    assert ([], [], [copy.barcode], [], ["Silas Marner"]) == tuple(
        lists[name] for name in ("AS", "AT", "AU", "BU", "CD")
    )
    assert "AU" not in none
    assert ("24", "Y", "Y") == (status[:2], fields(status)["BL"][0], fields(status)["CQ"][0])
    if owes:
        [line] = lists["AV"]
        assert line.startswith("1.40 EUR")
    assert other.barcode not in summary


async def test_a_hold_is_placed_changed_captured_and_lent(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    await branch(either, "EAST")
    async with await either.machine() as asking:
        placed = await asking.ask(f"15+{stamp()}BW20300801    000000|AOlib|AA{card}|AD{PIN}|AB{copy.barcode}|")
        moved = await asking.ask(f"15*{stamp()}BSEAST|AOlib|AA{card}|AB{copy.barcode}|")
        away = await asking.check_in(copy.barcode)
        cancelled = await asking.ask(f"15-{stamp()}AOlib|AA{card}|AB{copy.barcode}|")
        nothing = await asking.ask(f"15-{stamp()}AOlib|AA{card}|AB{copy.barcode}|")

    assert (["20300801    235959"], ["1"], ["MAIN"]) == tuple(fields(placed)[name] for name in ("BW", "BR", "BS"))
    assert ("161", "161", "161", "160") == (placed[:3], moved[:3], cancelled[:3], nothing[:3])
    assert ["EAST"] == fields(moved)["BS"]
    told = fields(away)
    assert ("101NUY", ["02"], ["EAST"], ["3"]) == (away[:6], told["CV"], told["CT"], told["CL"])
    assert ([card], ["Dorothea Brooke"]) == (told["CY"], told["DA"])


async def test_a_captured_copy_is_on_the_hold_shelf_and_for_nobody_else(either: Site) -> None:
    card, stranger, [copy] = await either.reader(), await either.reader(), await either.library.shelve()
    async with await either.machine() as asking:
        await asking.ask(f"15+{stamp()}AOlib|AA{card}|AB{copy.barcode}|")
        here = await asking.check_in(copy.barcode)
        await either.library.shows(copy, "on_hold_shelf")
        shelf, refused = await asking.item(copy.barcode), await asking.check_out(stranger, copy.barcode)
        summary = await asking.information(card, summary="Y")
        lent = await asking.check_out(card, copy.barcode)

    assert ("101NUY", ["01"], ["2"]) == (here[:6], fields(here)["CV"], fields(here)["CL"])
    assert ("1808", True) == (shelf[:4], "CM" in fields(shelf))
    assert "120N" == refused[:4]
    assert ("0001", [copy.barcode]) == (summary[37:41], fields(summary)["AS"])
    assert "121N" == lent[:4]


async def test_a_copy_of_another_branch_is_sent_home(either: Site) -> None:
    await branch(either, "EAST")
    [copy] = await either.library.shelve()
    admin = await either.library.admin()
    answer = await admin.post(
        f"{either.library.books}/v1/books/{copy.book_id}/copies",
        {"barcode": stamp().replace(" ", ""), "branch": "EAST"},
    )
    elsewhere = done(answer)["barcode"]
    async with await either.machine() as asking:
        lent, back = await asking.check_out(await either.reader(), elsewhere), await asking.check_in(elsewhere)

    assert "121" == lent[:3]
    assert (["04"], ["EAST"], ["EAST"]) == (fields(back)["CV"], fields(back)["CT"], fields(back)["AQ"])


async def test_a_machine_renews_by_scanning_where_it_may(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    async with await either.machine() as asking:
        answers = [await asking.check_out(card, copy.barcode, may_renew=policy) for policy in ("N", "N", "Y")]

    assert ["121N", "120N", "121Y"] == [answer[:4] for answer in answers]
    assert [""] == fields(answers[1])["AH"]


async def test_money_is_taken_once(either: Site) -> None:
    card = await either.reader()
    desk, member_id = await either.library.librarian(), await either.member_id(card)
    charge = {"member_id": member_id, "kind": "damage", "amount": {"amount": 300, "currency": "EUR"}}
    done(await desk.post(f"{either.library.loans}/v1/charges", charge))
    number = stamp().replace(" ", "")
    async with await either.machine() as asking:
        [line] = fields(await asking.information(card, summary="   Y"))["AV"]
        paid = f"37{stamp()}0100EURBV1.40|AOlib|AA{card}|CG{line.split()[-1]}|BK{number}|"
        answers = [
            await asking.ask(paid),
            await asking.ask(paid),
            await asking.ask(paid.replace(paid[2:20], stamp())),
        ]
        owed = fields(await asking.information(card))["BV"]

    assert ["38Y"] * 3 == [answer[:3] for answer in answers]
    assert [number] == fields(answers[0])["BK"]
    assert ["1.60"] == owed


async def test_a_card_is_blocked_and_enabled(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    async with await either.machine() as asking:
        blocked = await asking.ask(f"01Y{stamp()}AOlib|ALleft behind|AA{card}|AC|")
        refused = await asking.check_out(card, copy.barcode)
        enabled = await asking.ask(f"25{stamp()}AOlib|AA{card}|AC|AD{PIN}|")
        lent = await asking.check_out(card, copy.barcode)

    if blocked[2] == "Y":  # the client of the machine may set blocks
        assert ("24Y", "120", "26 ", "121") == (blocked[:3], refused[:3], enabled[:3], lent[:3])
    else:
        assert "This machine may not do that." in fields(blocked)["AF"][0]
        assert ("121", "26 ") == (refused[:3], enabled[:3])


async def test_a_visit_ends_and_the_last_answer_is_told_again(either: Site) -> None:
    card = await either.reader()
    async with await either.machine() as asking:
        ended = await asking.ask(f"35{stamp()}AOlib|AA{card}|AC|AD{PIN}|")
        await asking.line.send(b"97AZFEF5\r")
        again = await asking.line.hear()
        await asking.line.send(b"9900802.00AY0AZ0000\r")
        wrong = await asking.line.hear()

    assert ("36Y", [card]) == (ended[:3], fields(ended)["AA"])
    assert again.decode("cp850").startswith(ended)
    assert b"96AZFEF6" == wrong


async def test_what_a_machine_did_offline_is_on_record_as_of_then_and_listed(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    await branch(either, "EAST")
    someone = await either.reader()
    desk = await either.library.librarian()
    yesterday, due = stamp(ago=timedelta(hours=30)), stamp(ago=timedelta(days=-30))
    async with await either.machine() as asking:
        lent = await asking.ask(f"11NY{yesterday}{due}AOlib|AA{card}|AB{copy.barcode}|AC|")
        first = await either.loan(copy.barcode)
        later = stamp(ago=timedelta(hours=20))
        taken = await asking.ask(f"11NY{later}{' ' * 18}AOlib|AA{someone}|AB{copy.barcode}|AC|")
        renewed = await asking.ask(f"29NY{stamp(ago=timedelta(hours=19))}{due}AOlib|AA{someone}|AB{copy.barcode}|")
        back = stamp(ago=timedelta(hours=2))
        returned = await asking.ask(f"09Y{stamp()}{back}APhall|AOlib|AB{copy.barcode}|AC|")

    assert ("121N", "121N", "301Y", "101") == (lent[:4], taken[:4], renewed[:4], returned[:3])
    assert [due] == fields(lent)["AH"]
    assert (yesterday, True, "open") == (local(first["checked_out_at"]), first["offline"], first["status"])
    ended = done(await desk.get(f"{either.library.loans}/v1/loans/{first['loan_id']}"))
    second = await either.loan(copy.barcode)
    assert ("returned", later) == (ended["status"], local(ended["returned_at"]))
    assert (later, back, True) == (local(second["checked_out_at"]), local(second["returned_at"]), second["offline"])
    listed = done(await desk.get(f"{either.library.loans}/v1/loans", offline="true", limit=100))["items"]
    assert {first["loan_id"], second["loan_id"]} <= {loan["loan_id"] for loan in listed}


async def test_what_a_machine_overrode_offline_is_named_with_the_machine(either: Site) -> None:
    card, copies = await either.reader(), await either.library.shelve(copies=11)
    async with await either.machine() as asking:
        for copy in copies[:10]:
            assert "121" == (await asking.check_out(card, copy.barcode))[:3]
        online = await asking.check_out(card, copies[10].barcode)
        offline = await asking.ask(f"11NY{stamp(ago=timedelta(hours=1))}{' ' * 18}AA{card}|AB{copies[10].barcode}|")

    loan = await either.loan(copies[10].barcode)
    history = done(
        await (await either.library.librarian()).get(f"{either.library.loans}/v1/loans/{loan['loan_id']}/history")
    )
    assert ("120", "121") == (online[:3], offline[:3])
    assert ["loan-limit-reached"] == loan["overridden"]
    assert "selfcheck" in history["entries"][0]["by"]


async def test_with_the_library_on_line_the_return_date_of_a_machine_does_not_count(either: Site) -> None:
    card, [copy] = await either.reader(), await either.library.shelve()
    async with await either.machine() as asking:
        await asking.check_out(card, copy.barcode)
        back = await asking.ask(f"09N{stamp()}{stamp(ago=timedelta(days=3))}APhall|AOlib|AB{copy.barcode}|AC|")

    assert "101" == back[:3]
    returned = datetime.fromisoformat((await either.loan(copy.barcode))["returned_at"])
    assert abs(datetime.now(returned.tzinfo) - returned) < timedelta(hours=1)


async def test_the_same_message_is_done_once_and_answered_the_same_on_any_line(either: Site) -> None:
    card, copies = await either.reader(), await either.library.shelve(copies=2)
    at = stamp()
    async with await either.machine() as one, await either.machine() as other:
        answers = [await one.check_out(card, copies[0].barcode, at=at)]
        await one.check_out(card, copies[1].barcode)
        answers += [await machine.check_out(card, copies[0].barcode, at=at) for machine in (other, one)]

    assert 1 == len({(answer[:6], *fields(answer)["AH"]) for answer in answers})
    assert "121NUY" == answers[0][:6]


def local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y%m%d    %H%M%S")
