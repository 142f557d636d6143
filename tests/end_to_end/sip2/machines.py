"""Machines of all kinds on real sockets, the gateway that answers them, and readers who stand before them."""

import itertools
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from tests.end_to_end.gears import KIOSK_SECRET
from tests.end_to_end.library import Library, done
from tests.end_to_end.processes import Process
from tests.loans.sip2.self_check import SelfCheck
from tests.ports import HOST, quiet_ports

SECRET = "selfcheck-demo-secret"
PIN = "4819"
_seconds = itertools.count(1)


def stamp(*, ago: timedelta | None = None) -> str:
    """Return a time of a transaction as machines write it: another one at each call, or one in the past."""
    now = datetime.now().astimezone()
    return (now - ago if ago else now + timedelta(seconds=next(_seconds))).strftime("%Y%m%d    %H%M%S")


def account(login: str = "selfcheck", client: str = "selfcheck", **more: Any) -> dict[str, Any]:
    known = {"login": login, "secret": SECRET, "client_id": client, "client_secret": KIOSK_SECRET, "branch": "MAIN"}
    return known | more


class Gateway(Process):
    """`python -m loans_service sip2`, towards services that run."""

    def __init__(self, services: Mapping[str, str], accounts: Sequence[dict[str, Any]]) -> None:
        (self.port,) = quiet_ports(1)
        super().__init__(
            *("loans_service", "sip2", "--host", HOST, "--timeout-graceful-shutdown", "2"),
            environment={
                "SIP2_PORT": str(self.port),
                "SIP2_LOANS_URL": services["loans"],
                "LOANS_BOOKS_URL": services["books"],
                "LOANS_MEMBERS_URL": services["members"],
            },
        )
        self.accounts = self.folder / "accounts.json"
        self.accounts.write_text(json.dumps(list(accounts)))
        self.environment["SIP2_ACCOUNTS_FILE"] = str(self.accounts)

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), 2):
            return True


@dataclass(frozen=True, slots=True)
class Site:
    """A library, and where its machines connect."""

    library: Library
    port: int

    async def machine(self, login: str = "selfcheck", **how: Any) -> "Conversation":
        """Connect a machine, and let it sign in."""
        machine = Conversation(await SelfCheck.connect(self.port, **how))
        assert (await machine.ask(f"9300CN{login}|CO{SECRET}|CPhall|"))[:3] == "941"
        return machine

    async def reader(self, *, pin: str = PIN) -> str:
        """Enrol somebody with a PIN; return the number on the card."""
        member = await self.library.enrol()
        desk = await self.library.librarian()
        answer = await self.library.http.put(
            f"{self.library.members}/v1/members/{member.member_id}/pin",
            json={"pin": pin},
            headers={"Authorization": f"Bearer {desk.token}"},
        )
        assert answer.is_success, answer.text
        return member.card_number

    async def member_id(self, card: str) -> str:
        desk = await self.library.librarian()
        [found] = done(await desk.get(f"{self.library.members}/v1/members", card_number=card))["items"]
        return str(found["member_id"])

    async def loan(self, barcode: str) -> dict[str, Any]:
        """Return the newest loan of a copy."""
        [copy] = done(await self.library.anybody.get(f"{self.library.books}/v1/copies", barcode=barcode))["items"]
        desk = await self.library.librarian()
        found: dict[str, Any] = done(await desk.get(f"{self.library.loans}/v1/loans", copy_id=copy["copy_id"]))
        newest: dict[str, Any] = found["items"][0]
        return newest


class Conversation:
    """A machine that asks in the words of the standard."""

    def __init__(self, line: SelfCheck) -> None:
        self.line = line
        self.ask = line.ask

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.leave()

    async def status(self) -> str:
        return await self.ask("9900802.00")

    async def information(self, card: str, pin: str | None = PIN, *, summary: str = "", more: str = "") -> str:
        typed = "" if pin is None else f"AD{pin}|"
        return await self.ask(f"63001{stamp()}{summary:10}AOlib|AA{card}|AC|{typed}{more}")

    async def check_out(self, card: str, barcode: str, *, may_renew: str = "N", at: str | None = None) -> str:
        return await self.ask(f"11{may_renew}N{at or stamp()}{' ' * 18}AOlib|AA{card}|AB{barcode}|AC|")

    async def check_in(self, barcode: str, *, at: str | None = None) -> str:
        return await self.ask(f"09N{at or stamp()}{stamp()}APhall|AOlib|AB{barcode}|AC|")

    async def item(self, barcode: str) -> str:
        return await self.ask(f"17{stamp()}AOlib|AB{barcode}|AC|")


def told_of(log: str) -> str:
    """Return what must not stand in a log: the first traceback, if there is one."""
    begin = log.find("Traceback")
    return "" if begin < 0 else log[begin : begin + 2_000]


ROOT = Path(__file__).parents[3]
