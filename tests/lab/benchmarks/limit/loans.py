"""Loans: two questions at once, then one transaction in which the loan, its events and the answer are kept together."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from tests.lab.benchmarks.limit import policy, statements
from tests.lab.benchmarks.limit.asgi import Answer, App, Refusals, Refused, Request, Route
from tests.lab.benchmarks.limit.neighbours import Neighbour
from tests.lab.benchmarks.limit.pool import now, open_pool, spelt
from tests.lab.benchmarks.limit.tokens import TokenCheck

Kept = tuple[bytes, bytes, bytes] | tuple[None, None, None]


class Loans:
    """The desk."""

    def __init__(
        self, database_url: str, tokens: TokenCheck, *, books_url: str, members_url: str, own_token: str
    ) -> None:
        self._url = database_url
        self._neighbours = {"books": books_url, "members": members_url}
        self._own_token = own_token
        routes = [
            Route("POST", "/v1/loans", "loans:write", self.check_out),
            Route("POST", "/v1/returns", "loans:write", self.bring_back),
        ]
        self.app = App(tokens, routes, self._running())

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self._books, self._members = (Neighbour(*named, self._own_token) for named in self._neighbours.items())
        async with await open_pool(self._url) as self._pool:
            yield
        await self._books.close()
        await self._members.close()

    async def check_out(self, request: Request) -> Answer:
        fields = request.fields()
        barcode, card = _text(fields, "copy_barcode"), _text(fields, "card_number")

        async def act(receipt: Receipt | None) -> Answer:
            answers = await asyncio.gather(
                self._books.ask("/v1/copies/lendability", barcode=barcode),
                self._members.ask("/v1/members/standing", card_number=card),
                return_exceptions=True,
            )
            return await self._lend(*answers, receipt)

        return await self._once(request, fields, act)

    async def bring_back(self, request: Request) -> Answer:
        scan = request.fields()
        barcode = _text(scan, "copy_barcode").upper()

        async def act(receipt: Receipt | None) -> Answer:
            async with self._pool.acquire() as connection, connection.transaction():
                moment = now()
                row = await connection.fetchrow(statements.CLOSE_LOAN, barcode, moment, scan.get("branch"))
                if row is not None:
                    return await _note_return(connection, row, moment, receipt)
                known = await connection.fetchval(statements.EVER_LENT, barcode)
            if known is None:
                await self._books.ask("/v1/copies/lendability", barcode=barcode)
            return Answer(200, json.dumps({"loan": None, "next": "shelf"}).encode())

        return await self._once(request, scan, act)

    async def _lend(
        self,
        copy: Mapping[str, Any] | BaseException,
        standing: Mapping[str, Any] | BaseException,
        receipt: Receipt | None,
    ) -> Answer:
        if isinstance(copy, BaseException) or isinstance(standing, BaseException):
            refusals = [answer for answer in (copy, standing) if isinstance(answer, Refused)]
            raise Refusals(refusals)
        copy_id, member_id, moment = UUID(copy["copy_id"]), UUID(standing["member_id"]), now()
        copy_lock = int.from_bytes(copy_id.bytes[8:], "big", signed=True)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.fetchval(statements.LOCK_BORROWER_AND_COPY, member_id, copy_lock)
            open_loans = await connection.fetch(statements.OPEN_LOANS, member_id, copy_id)
            _refuse(copy, standing, open_loans, copy_id=copy_id, member_id=member_id, moment=moment)
            return await _keep_loan(connection, copy, standing, moment, receipt)

    async def _once(
        self, request: Request, body: Mapping[str, Any], act: Callable[[Receipt | None], Awaitable[Answer]]
    ) -> Answer:
        """Answer, or answer as before. A key is looked up only when something went wrong: its slot is unique."""
        if request.key is None:
            return await act(None)
        asked = request.path.encode() + b"\n" + json.dumps(body, sort_keys=True).encode()
        receipt = Receipt.of(caller=request.caller.subject, key=request.key.decode(), request=asked)
        try:
            return await act(receipt)
        except (Refused, Refusals, asyncpg.UniqueViolationError) as error:
            row = await self._pool.fetchrow(statements.KEPT_ANSWER, receipt.slot)
            if row is not None:
                return _opened(row, receipt)
            if isinstance(error, asyncpg.UniqueViolationError):
                raise Refused(409, "copy-on-loan", "The copy is on loan.") from error
            raise


def _refuse(
    copy: Mapping[str, Any],
    standing: Mapping[str, Any],
    open_loans: Sequence[asyncpg.Record],
    *,
    copy_id: UUID,
    member_id: UUID,
    moment: datetime,
) -> None:
    """Collect every reason against the loan."""
    own = [loan for loan in open_loans if loan["member_id"] == member_id]
    most = policy.RULES[standing["category"]].most_loans
    refusals = [Refused(409, reason["code"], reason["detail"]) for reason in copy["refusals"]]
    refusals += [
        Refused(422, reason["code"], reason["detail"])
        for reason in standing["refusals"]
        if "borrow" in reason["actions"]
    ]
    if any(loan["copy_id"] == copy_id for loan in open_loans):
        refusals.append(Refused(409, "copy-on-loan", "The copy is on loan."))
    if len(own) >= most:
        refusals.append(
            Refused(422, "loan-limit-reached", f"All {most} loans are in use.", limit=most, open_loans=len(own))
        )
    if sum(loan["due_at"] < moment for loan in own) >= policy.MOST_OVERDUE:
        refusals.append(Refused(422, "too-many-overdue", "Too many loans are overdue."))
    if refusals:
        raise Refusals(refusals)


async def _keep_loan(
    connection: PoolConnectionProxy,
    copy: Mapping[str, Any],
    standing: Mapping[str, Any],
    moment: datetime,
    receipt: Receipt | None,
) -> Answer:
    rule = policy.RULES[standing["category"]]
    due_at = policy.due_at(rule, now=moment, expires_on=date.fromisoformat(standing["expires_on"]))
    loan_id = new_id()
    facts = {
        "loan_id": str(loan_id),
        **{name: copy[name] for name in ("copy_id", "book_id", "branch", "item_type")},
        "member_id": standing["member_id"],
        "checked_out_at": spelt(moment),
        "due_at": spelt(due_at),
        "renewals": 0,
    }
    state = {**{name: facts[name] for name in ("copy_id", "book_id", "due_at")}, "availability": "on_loan"}
    told = {**facts, "title": copy["title"], "barcode": copy["barcode"], "status": "open"}
    told |= {"renewals_left": rule.renewals, "policy": {"name": rule.name, "version": 1}}
    answer = Answer(201, json.dumps(told).encode(), ((b"location", f"/v1/loans/{loan_id}".encode()), (b"etag", b'"1"')))
    names = ("copy_id", "book_id", "barcode", "title", "branch", "item_type")
    await connection.execute(
        statements.LEND,
        loan_id,
        *(copy[name] for name in names),
        UUID(standing["member_id"]),
        copy["branch"],
        moment,
        due_at,
        rule.name,
        rule.renewals,
        new_id(),
        json.dumps(facts),
        new_id(),
        json.dumps(state),
        *_sealed(answer, receipt),
    )
    return answer


async def _note_return(
    connection: PoolConnectionProxy, row: asyncpg.Record, moment: datetime, receipt: Receipt | None
) -> Answer:
    facts = {name: str(row[name]) for name in ("loan_id", "copy_id", "book_id", "member_id", "branch", "item_type")}
    facts |= {name: spelt(row[name]) for name in ("checked_out_at", "due_at", "returned_at")}
    available = "available" if row["next_stop"] == "shelf" else "in_transit"
    state = {"copy_id": facts["copy_id"], "book_id": facts["book_id"], "availability": available}
    told = {
        **facts,
        "title": row["title"],
        "barcode": row["barcode"],
        "status": "returned",
        "renewals": row["renewals"],
    }
    told |= {"renewals_left": row["renewals_allowed"], "policy": {"name": row["rule"], "version": 1}}
    answer = Answer(200, json.dumps({"loan": told, "next": row["next_stop"]}).encode())
    await connection.execute(
        statements.NOTE_RETURN,
        new_id(),
        facts["copy_id"],
        moment,
        json.dumps({**facts, "renewals": row["renewals"], "next": row["next_stop"]}),
        new_id(),
        json.dumps(state),
        *_sealed(answer, receipt),
    )
    return answer


def _sealed(answer: Answer, receipt: Receipt | None) -> Kept:
    """Return the row of the receipt; the answer in it can be read only with the caller's own key."""
    if receipt is None:
        return None, None, None
    nonce = os.urandom(12)
    content = b"%d\n%s" % (answer.status, answer.body)
    return receipt.slot, receipt.fingerprint, nonce + AESGCM(receipt.seal).encrypt(nonce, content, receipt.slot)


def _opened(row: asyncpg.Record, receipt: Receipt) -> Answer:
    if row["fingerprint"] != receipt.fingerprint:
        raise Refused(422, "idempotency-key-reused", "This Idempotency-Key was used for a different request.")
    sealed: bytes = row["answer"]
    content = AESGCM(receipt.seal).decrypt(sealed[:12], sealed[12:], receipt.slot)
    status, _, body = content.partition(b"\n")
    return Answer(int(status), body, ((b"idempotency-replayed", b"true"),))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise Refused(422, "invalid-value", f"{name} must be text of 1 to 64 characters.", pointer=f"/{name}")
    return value
