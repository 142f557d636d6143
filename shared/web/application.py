"""Builds the web application of a service: `build_app` is the entry point."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from shared.configuration import ServiceSettings
from shared.persistence.receipts import SqlReceipts
from shared.sentences import Sentences
from shared.tokens import Verifier
from shared.web.auth import AccessTable, gated, operation_of
from shared.web.deprecation import announce_deprecations
from shared.web.documents.described import sent_by
from shared.web.documents.openapi import as_json, calls_of, openapi_document
from shared.web.documents.pages import docs_routes
from shared.web.documents.problem_pages import problem_pages
from shared.web.documents.samples import Samples
from shared.web.edge.compression import Compressed, Packed
from shared.web.edge.cors import CrossOrigin
from shared.web.edge.limits import Limits
from shared.web.edge.middleware import EdgeMiddleware
from shared.web.edge.proxies import BehindProxies
from shared.web.errors import Schema, handle_errors
from shared.web.etags import ListTagger, tags_by_version
from shared.web.health import Check, health_routes, metrics_route
from shared.web.plain_route import PlainRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The HTTP interface of a service; its OpenAPI document begins with `title` and `description`.

    Routes match in the order of `routers`; `access` has a row for each, and `scopes` describes each scope. Clients that
    hold one of `service_scopes` are the library's own services. `body_limits` allows longer bodies at the addresses
    that are its keys, and below them. `samples` are the examples of the document.
    """

    title: str
    description: str
    routers: Sequence[APIRouter]
    access: AccessTable
    scopes: Mapping[str, str]
    service_scopes: Collection[str] = ()
    tags: Sequence[Mapping[str, Any]]
    samples: Samples = ()
    body_limits: Mapping[str, int] = field(default_factory=dict[str, int])


def build_app(
    api: Api,
    *,
    name: str,
    package: str,
    version: str,
    settings: ServiceSettings,
    root_path: str,
    lifespan: Lifespan[FastAPI],
    verifier: Verifier,
    receipts: SqlReceipts | None,
    readiness: Sequence[Check],
    asyncapi: Callable[[], Mapping[str, Any]],
    limits: Limits | None = None,
    schema: Schema | None = None,
) -> FastAPI:
    """Return a service's application: its routers, and everything that is the same for every service.

    `name` is the service's name in metrics and logs; pages explain the refusals of its `package`. `root_path` is the
    prefix under which a gateway publishes the service, whether or not the gateway strips it. `schema` is what the
    database must have; without it each failure of the database is a 500. Nothing is opened here: that is for
    `lifespan`.

    Raises WrongTable unless each route has a row in `access`.
    """
    root = root_path.rstrip("/")
    issuer_url = (settings.auth_public_url or root).rstrip("/")
    app = FastAPI(
        title=api.title,
        version=version,
        description=api.description,
        lifespan=lifespan,
        openapi_tags=[dict(tag) for tag in api.tags],
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "operation_spans": False, "logs": False, "metrics": False},  # ours: see edge/
    )
    limits = limits or Limits(bodies=dict(api.body_limits), timeout=settings.request_timeout)
    app.state.receipts = receipts
    app.state.running_keys = {}
    app.state.schema = schema
    # Flat, without including the routers: included routes are matched twice for every request.
    routes = gated([route for router in api.routers for route in router.routes], api.access, verifier)
    _wrap(routes, api.access)
    app.router.routes += routes
    _describe(
        app,
        access=api.access,
        root_path=root,
        issuer_url=issuer_url,
        with_passwords=settings.auth_password_grant == "on",  # noqa: S105 - a switch, not a secret
        scopes=api.scopes,
        body_at=limits.body_at,
        samples=api.samples,
    )
    app.router.routes += [*health_routes(readiness), *docs_routes(title=api.title, issuer_url=issuer_url)]
    app.router.routes += _documents(app, asyncapi)
    app.router.routes += problem_pages(app.openapi, ("shared.", f"{package}."))
    if settings.metrics_port is None:
        app.router.routes.append(metrics_route())
    handle_errors(app)
    edge = {"service": name, "root_path": root, "limits": limits, "verifier": verifier}
    _put_in_front(app, settings, package, **edge, service_scopes=frozenset(api.service_scopes))
    return app


def _put_in_front(app: FastAPI, settings: ServiceSettings, package: str, **edge: Any) -> None:
    app.state.hosts = edge["hosts"] = settings.allowed_hosts
    edge["sentences"] = Sentences.of("shared", package)
    origins = CrossOrigin(settings.cors_allow_origins)
    app.add_middleware(EdgeMiddleware, **edge, cross_origin=origins)
    if settings.trusted_proxies:
        app.add_middleware(BehindProxies, proxies=settings.trusted_proxies)  # outside of all others


def _describe(app: FastAPI, **facts: Any) -> None:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi_document(app, **facts)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to complete the document


def _documents(app: FastAPI, asyncapi: Callable[[], Mapping[str, Any]]) -> list[PlainRoute]:
    return [
        _document("/openapi.json", app.openapi),
        _document("/asyncapi.json", asyncapi),
    ]


def _document(path: str, make: Callable[[], Mapping[str, Any]]) -> PlainRoute:
    """Return a route that serves a document, which is built once, at its first request.

    That takes a good part of a second, and so is done in a thread while other requests are answered.
    """
    packed: list[Packed] = []
    making = asyncio.Lock()

    async def show(request: Request) -> Response:
        async with making:
            if not packed:
                packed.append(await asyncio.to_thread(lambda: Packed.of(as_json(make()))))
        return packed[0].answer(request, "application/json", {"cache-control": "no-cache"})

    return PlainRoute(path, show)


def _wrap(routes: Sequence[BaseRoute], access: AccessTable) -> None:
    """Tag the pages of lists, compress answers that may be long, and announce deprecated operations.

    Compressed answers hold no secret and have no strong tag.
    """
    for route in routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            calls = list(calls_of(route.dependant))
            if any("Link" in sent_by(call) for call in calls):
                route.app = ListTagger(route.app)
            if access[operation_of(route)].checks and not tags_by_version(calls):
                route.app = Compressed(route.app)
    announce_deprecations(routes)
