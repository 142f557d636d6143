"""The answer to each exception that a route raises. Others are programming errors, answered with 500."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route

from shared.kernel.errors import Conflict, LibraryError, NotReady
from shared.persistence.database import as_unavailable
from shared.persistence.migrating.schema import SchemaNotCurrent, UnknownPast
from shared.web.auth import sees_only_own
from shared.web.edge.callers import log_refusal
from shared.web.etags import NotModified
from shared.web.problems import Problem, of_error, of_http, of_invalid

log = structlog.get_logger(__name__)

_DATA_EXCEPTION = "22"  # the SQLSTATE class of values that do not fit

_NOT_LISTED = "Pages of this origin may not call. Those that may are listed by the operator in CORS_ALLOW_ORIGINS."
_PATCHES = {"accept-patch": "application/merge-patch+json, application/json"}  # RFC 5789
_NOT_THERE = re.compile(r"no such (table|column)|has no column named")
_UNDEFINED = {"42P01", "42703"}  # the SQLSTATEs of a table and of a column that are not there


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema that the service needs in its database; `expect` raises SchemaNotCurrent."""

    package: str
    expect: Callable[[], Awaitable[None]]
    logged: list[str] = field(default_factory=list)

    async def missing(self, error: DBAPIError) -> str | None:
        """Return what to do if `error` is due to a database that is not migrated, and log that once; else None."""
        undefined = getattr(error.orig, "sqlstate", None) in _UNDEFINED or _NOT_THERE.search(str(error.orig))
        if not undefined:
            return None
        try:
            await self.expect()
        except UnknownPast as unknown:
            return str(unknown)
        except SchemaNotCurrent:
            if not self.logged:
                self.logged.append(self.package)
                log.warning("the database has not got the schema that is needed", command=self.command)
            return f"Run: {self.command}"
        return None

    @property
    def command(self) -> str:
        """The command that migrates the database."""
        return f"python -m {self.package} migrate"


Handler = Callable[[Request, Any], Awaitable[Response]]


async def _refused(request: Request, error: LibraryError) -> Response:
    answer = of_error(request, error)
    if answer.status_code == 403 or (answer.status_code == 404 and sees_only_own(request.scope)):
        log_refusal(request.scope, status=answer.status_code, reason=error.code)
    return answer


async def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        allowed = {"allow": ", ".join(_methods_at(request))}
        if request.method == "OPTIONS":
            if "access-control-request-method" not in request.headers:
                return Response(status_code=204, headers=allowed | (_PATCHES if "PATCH" in allowed["allow"] else {}))
            # A browser asks for a page; those of origins that are listed were answered at the edge.
            error = Problem(405, "method-not-allowed", _NOT_LISTED)
        error.headers = allowed
    return of_http(request, error)


def _methods_at(request: Request) -> list[str]:
    """Return every method of the address; the framework returns those of its first route only."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    here = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in here for method in route.methods or ()}
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    return of_invalid(request, error.errors())


async def _database(request: Request, error: SQLAlchemyError | OSError) -> Response:
    """Answer for a database that is down, or refuses a value; other failures are programming errors."""
    unavailable = as_unavailable(error)
    if unavailable is not None:
        log.warning("the database does not answer", exc_info=error)
        return of_error(request, unavailable)
    schema: Schema | None = request.app.state.schema
    if schema is not None and isinstance(error, DBAPIError) and (remedy := await schema.missing(error)):
        return of_error(request, NotReady(f"The database is not ready. {remedy}"))
    if isinstance(error, IntegrityError):
        log.error("a constraint that no refusal is made of", exc_info=error)
        return of_error(request, Conflict("This is in conflict with something that is there already."))
    if isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_EXCEPTION):
        log.error("a value that should have been refused before it came to the database", exc_info=error)
        return of_http(request, Problem(422, "invalid-request", "A value does not fit."))
    raise error


async def _unchanged(_: Request, error: NotModified) -> Response:
    return Response(status_code=304, headers={"etag": error.tag})


async def _gone(request: Request, _: ClientDisconnect) -> Response:
    return of_http(request, Problem(400, "bad-request", "The body did not arrive."))


_HANDLERS: dict[type[Exception], Handler] = {
    LibraryError: _refused,
    HTTPException: _http,
    RequestValidationError: _invalid,
    SQLAlchemyError: _database,
    OSError: _database,
    NotModified: _unchanged,
    ClientDisconnect: _gone,
}


def handle_errors(app: FastAPI) -> None:
    """Register the handlers of all these exceptions."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
