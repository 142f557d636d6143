"""Who is connected and signed in, for how long, with which rights, and what is done while a service is away."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from loans_service.sip2 import accounts, library, machine, server
from shared.outgoing_http import access_token
from tests.loans.sip2.fake_services import LOAN, Room, account, open_room
from tests.loans.sip2.self_check import BARCODE, CARD, CHECK_OUT, DATE, fields

LENT_OFFLINE = CHECK_OUT.replace("11NN", "11NY")


async def test_a_wrong_secret_ends_what_was_signed_in_before(room: Room) -> None:
    asking = await room.machine()
    assert "940" == (await asking.ask("9300CNselfcheck|COwrong|"))[:3]
    await asking.send(CHECK_OUT.encode() + b"\r")

    assert b"" == await asking.hear()
    assert [] == room.services.sent("POST loans/v1/loans")


@pytest.mark.parametrize("change", [{"secret": "another-secret-of-it"}, {"login": "another"}], ids=["secret", "login"])
async def test_who_could_not_sign_in_any_more_is_sent_away(
    change: dict[str, str], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "LOOKS_EVERY", 0.0)
    asking = await room.machine()
    room.accounts.write_text(json.dumps([account(**change)]))
    await asking.send(CHECK_OUT.encode() + b"\r")

    assert b"" == await asking.hear()


async def test_a_changed_branch_counts_for_who_is_connected(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LOOKS_EVERY", 0.0)
    asking = await room.machine()
    room.accounts.write_text(json.dumps([account(branch="EAST")]))
    await asking.ask(CHECK_OUT)

    [lent] = room.services.sent("POST loans/v1/loans")
    assert "EAST" == lent["branch"]


async def test_a_secret_may_be_kept_as_its_hash(tmp_path: Path) -> None:
    hashed = "sha256:01cd01fe4553b92dc67168c12c3f4e53ee4e7ad6ee6e96ab2175b431fb729ced"  # of "secret-of-the-hall"
    known = {name: value for name, value in account(secret_hash=hashed).items() if name != "secret"}
    async with open_room(tmp_path, known) as room:
        await room.machine()


async def test_each_account_acts_with_the_token_of_its_own_client(tmp_path: Path) -> None:
    other = account(login="sorter", client_id="bins", client_secret="t" * 32)
    async with open_room(tmp_path, account(), other) as room:
        one, two = await room.machine(), await room.connect()
        await two.ask("9300CNsorter|COsecret-of-the-hall|")
        for asking in (one, two):
            await asking.ask(CHECK_OUT)
        asked = [one for one in room.services.asked if one.url.path == "/v1/auth/token"]
        keys = room.services.keys("POST loans/v1/loans")

    basics = [httpx.BasicAuth(*who)._auth_header for who in (("kiosk", "s" * 32), ("bins", "t" * 32))]
    assert basics == [one.headers["authorization"] for one in asked]
    assert 2 == len(set(keys)), "the same message of another login is another act"


async def test_what_a_client_may_not_do_is_refused_in_words(room: Room) -> None:
    room.services.refuse("POST loans/v1/loans", 403, "forbidden")

    answer = await (await room.machine()).ask(CHECK_OUT)

    assert ("120", ["This machine may not do that."]) == (answer[:3], fields(answer)["AF"])


async def test_a_client_that_members_does_not_know_is_refused_in_words(room: Room) -> None:
    room.services.answers["POST members/v1/auth/token"] = (401, {"error": "invalid_client"})

    answer = await (await room.machine()).ask(CHECK_OUT)

    assert ("120", ["This machine may not do that."]) == (answer[:3], fields(answer)["AF"])


async def test_a_token_that_is_not_accepted_is_replaced_once(room: Room) -> None:
    room.services.refuse("POST loans/v1/loans", 401, "invalid-token")

    assert "120" == (await (await room.machine()).ask(CHECK_OUT))[:3]
    assert 2 == len([one for one in room.services.asked if one.url.path == "/v1/auth/token"])


async def test_a_token_lasts_on_while_members_is_away(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_token, "_RENEW_AT", 0.0)
    asking = await room.machine()
    await asking.ask(CHECK_OUT)
    room.services.away = {"members", "books"}

    assert "101" == (await asking.ask(f"09N{DATE}{DATE}AOlib|AB{BARCODE}|"))[:3]


async def test_what_is_being_done_already_is_waited_for(room: Room) -> None:
    busy = (409, {"code": "idempotency-key-in-use", "detail": "…"})
    asking = await room.machine()
    room.services.first["POST loans/v1/loans"] = [busy, busy]

    assert "121" == (await asking.ask(CHECK_OUT))[:3]
    assert 1 == len(set(room.services.keys("POST loans/v1/loans")))


async def test_a_service_that_is_busy_is_asked_again_in_a_moment(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_PAUSES", (0.01, 0.01, 0.01))
    busy = (503, {"code": "too-busy", "detail": "…"})
    asking = await room.machine()
    room.services.first = {"POST loans/v1/loans": [busy, busy], "GET books/v1/copies": [busy]}

    assert "121" == (await asking.ask(CHECK_OUT))[:3]
    assert "1804" == (await asking.ask(f"17{DATE}AOlib|AB{BARCODE}|"))[:4]
    assert 1 == len(set(room.services.keys("POST loans/v1/loans")))


async def test_members_that_is_busy_is_asked_for_a_token_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_PAUSES", (0.01,))
    room.services.first = {"POST members/v1/auth/token": [(503, {"code": "unavailable", "detail": "…"})]}

    assert "121" == (await (await room.machine()).ask(CHECK_OUT))[:3]


async def test_a_connection_that_was_let_go_is_opened_again_for_what_is_done_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "_PAUSES", (0.01,))
    room.services.first = {"POST loans/v1/loans": [httpx.RemoteProtocolError("the server went away")]}

    assert "121" == (await (await room.machine()).ask(CHECK_OUT))[:3]
    assert 1 == len(set(room.services.keys("POST loans/v1/loans")))
    assert 2 == len(room.services.keys("POST loans/v1/loans"))


async def test_what_takes_longer_than_machines_wait_is_said_to_be_unavailable(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_LONGEST", 0.05)
    room.services.answers["POST loans/v1/loans"] = (409, {"code": "idempotency-key-in-use", "detail": "…"})

    answer = await (await room.machine()).ask(CHECK_OUT)

    assert ("120", ["The library does not answer. Please try again in a moment."]) == (answer[:3], fields(answer)["AF"])


async def test_what_was_lent_without_us_is_not_refused_while_a_service_is_away_but_heard_again(room: Room) -> None:
    asking = await room.machine()
    room.services.away = {"loans"}
    await asking.send(LENT_OFFLINE.encode() + b"\r")
    silence = await asking.hear()
    room.services.away = set()

    assert b"" == silence
    assert "121" == (await (await room.machine()).ask(LENT_OFFLINE))[:3]


async def test_no_pin_is_asked_about_for_what_has_happened(room: Room) -> None:
    room.services.refuse("POST members/v1/members/verify", 401, "wrong-card-or-pin")

    assert "121" == (await (await room.machine()).ask(f"{LENT_OFFLINE}AD|"))[:3]


async def test_a_renewal_made_offline_counts_as_of_then(room: Room) -> None:
    await (await room.machine()).ask(f"29NY{DATE}20260620    235900AOlib|AA{CARD}|AB{BARCODE}|")

    [renewed] = room.services.sent("POST loans/v1/loans/l1/renew")
    assert {"at": "2026-06-01T08:11:12Z", "due_at": "2026-06-20T21:59:00Z"} == renewed["offline"]


async def test_a_return_that_is_refused_goes_to_the_desk(room: Room) -> None:
    room.services.refuse("POST loans/v1/returns", 422, "invalid-return-time", "It was lent later than that.")

    answer = await (await room.machine()).ask(f"09N{DATE}{DATE}AOlib|AB{BARCODE}|")

    told = fields(answer)
    assert ("100NUY", ["99"], ["4"]) == (answer[:6], told["CV"], told["CL"])


async def test_a_copy_that_somebody_must_look_at_goes_to_the_desk(room: Room) -> None:
    done = {"loan": LOAN, "next": "shelf", "hold": None, "fine": None, "copy_status": "in_repair", "notice": "Repair."}
    room.services.answers["POST loans/v1/returns"] = (200, done)

    answer = await (await room.machine()).ask(f"09N{DATE}{DATE}AOlib|AB{BARCODE}|")

    told = fields(answer)
    assert ("101NUY", ["99"], ["4"]) == (answer[:6], told["CV"], told["CL"])
    assert ["Please leave it at the desk. Repair."] == told["AF"]


async def test_who_does_not_sign_in_is_sent_away_and_who_has_may_be_silent(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "TIME_TO_SIGN_IN", 0.2)
    signed_in, stranger = await room.machine(), await room.connect()

    assert b"" == await stranger.hear()
    assert "121" == (await signed_in.ask(CHECK_OUT))[:3]


async def test_strangers_make_room_for_machines(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_MACHINES", 3)
    machines = [await room.machine()]
    strangers = [await room.connect() for _ in range(2)]
    machines.append(await room.machine())

    assert b"" == await strangers[0].hear()
    assert ["121", "121"] == [(await asking.ask(CHECK_OUT))[:3] for asking in machines]
    machines.append(await room.machine())
    late = await room.connect()
    assert b"" == await late.hear()


async def test_the_end_waits_for_answers_and_not_for_silence(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        idle, busy = await room.machine(), await room.machine()
        room.services.held = asyncio.Event()
        await busy.send(CHECK_OUT.encode() + b"\r")
        await room.services.reached.wait()

        stopping = asyncio.create_task(room.server.stop(20))
        assert b"" == await idle.hear()
        room.services.held.set()
        answer = await busy.hear()
        await asyncio.wait_for(stopping, 5)

    assert answer.startswith(b"121")
