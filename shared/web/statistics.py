"""The routes by which a service says how many of what there were."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AliasChoices, Field

from shared.kernel.cube import Atom
from shared.persistence.cube.answering import AnswerFigures, Figures, Question
from shared.persistence.cube.recounts import DifferenceView, Recounts, RecountView
from shared.web.app_state import from_app_state
from shared.web.csv_lists import CSV, CSV_ANSWER, JSON, as_csv, guarded, preferred
from shared.web.idempotency import Once
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

TAG = {"name": "statistics", "description": "How many of what there were: figures about nobody."}

_Answering = Annotated[AnswerFigures, from_app_state("figures")]
_Recounting = Annotated[Recounts, from_app_state("recounts")]
_Where = Callable[..., Awaitable[dict[str, str]]]
_Day = Annotated[date, Field(ge=date(1400, 1, 1), lt=date(9000, 1, 1))]
_WORDS = "^[a-z_]{1,40}(,[a-z_]{1,40}){0,9}$"


class AtomResponse(ResponseModel):
    """What is counted, and along which dimensions."""

    atom: str
    dimensions: list[str]
    description: str


class AtomsResponse(ResponseModel):
    """All that is counted here."""

    items: list[AtomResponse]


class RecountRequest(StrictJsonBody):
    """Whether the cube is to be set to what the records come to."""

    repair: bool = False


class FiguresResponse(ResponseModel):
    """Figures of a period. Each row has its `value`, and one for each word of `by`, which is null for merged cells."""

    atom: str
    by: list[str]
    first: date = Field(validation_alias=AliasChoices("from", "first"), serialization_alias="from")
    last: date = Field(validation_alias=AliasChoices("to", "last"), serialization_alias="to")
    rows: list[dict[str, str | int | None]]
    merged: int


SAMPLES = (
    AtomsResponse(
        items=[
            AtomResponse(atom="loans", dimensions=["branch", "item_type", "channel"], description="Loans that began.")
        ]
    ),
    FiguresResponse(
        **{"from": date(2026, 1, 1), "to": date(2026, 3, 31)},
        atom="loans",
        by=["month", "branch"],
        rows=[
            {"month": "2026-01", "branch": "MAIN", "value": 4211},
            {"month": "2026-02", "branch": "MAIN", "value": 3980},
        ],
        merged=0,
    ),
    RecountRequest(repair=True),
    RecountView(
        recount_id=UUID("01a20f58-136b-707a-9e57-803ea531a0a5"),
        repair=True,
        state="done",
        asked_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        finished_at=datetime(2026, 3, 1, 9, 31, tzinfo=UTC),
        compared=81_220,
        differing=1,
        repaired=1,
        differences=(DifferenceView("loans", "day", date(2026, 2, 28), {"branch": "MAIN"}, 41, 42),),
    ),
)
"""The examples of the document."""


def statistics_router(atoms: Sequence[Atom], dimensions: Sequence[str], *, of: str = "") -> APIRouter:
    """Return the routes for the atoms of a service, which have these dimensions among them.

    `of` is a word by which the operations differ from those of other services.
    """
    named = f"_of_{of}" if of else ""
    router = APIRouter(prefix="/v1/statistics", route_class=StrictRoute, tags=[TAG["name"]])
    listed = AtomsResponse(
        items=[
            AtomResponse(atom=one.name, dimensions=list(one.dimensions), description=one.description) for one in atoms
        ]
    )

    @router.get("", operation_id=f"list_statistics{named}", summary="List what is counted")
    async def show_all() -> AtomsResponse:
        """List what is counted here, and along which dimensions each can be asked for."""
        return listed

    @router.get(
        "/{atom}",
        operation_id=f"get_statistics{named}",
        summary="Say how many of what there were",
        description=f"{getdoc(AnswerFigures)}\n- As `text/csv` the rows come as a file.",
        response_model=FiguresResponse,
        responses=CSV_ANSWER | refused_by(AnswerFigures),
    )
    async def show(
        atom: Annotated[str, Path(pattern="^[a-z_]{1,40}$", examples=[atoms[0].name])],
        request: Request,
        answer: _Answering,
        *,
        by: Annotated[
            str | None, Query(pattern=_WORDS, examples=["month,branch"], description="Words between commas.")
        ] = None,
        first: Annotated[_Day | None, Query(alias="from", description="The first day; else that of the year.")] = None,
        last: Annotated[_Day | None, Query(alias="to", description="The last day; else today.")] = None,
        where: Annotated[dict[str, str], Depends(_where(dimensions))],
    ) -> Any:
        form = preferred(request, JSON, CSV)
        found = await answer(Question(atom, tuple(by.split(",")) if by else (), first, last, where))
        if form == CSV:
            return as_csv(atom, [*found.by, "value"], _lines(found))
        return FiguresResponse.of(found)

    _add_recounts(router, named)
    return router


def _add_recounts(router: APIRouter, named: str) -> None:
    @router.post(
        "/recount",
        status_code=202,
        operation_id=f"recount_statistics{named}",
        summary="Compare figures with the records, and repair them",
        description=getdoc(Recounts),
    )
    async def start(
        *, body: RecountRequest | None = None, response: Response, recounts: _Recounting, once: Once
    ) -> RecountView:
        view = await once(RecountView, recounts.start, body is not None and body.repair)
        response.headers["location"] = f"/v1/statistics/recounts/{view.recount_id}"
        return view

    @router.get(
        "/recounts/{recount_id}",
        operation_id=f"get_recount{named}",
        summary="Show a recount",
        responses=refused_by(Recounts),
    )
    async def show(recount_id: UUID, recounts: _Recounting) -> RecountView:
        """Show how far a recount has come, and what differs."""
        return await recounts.show(recount_id)


def _where(dimensions: Sequence[str]) -> _Where:
    """Return the dependency that takes a value of each dimension as a parameter of its own."""

    async def read(**values: str | None) -> dict[str, str]:
        return {name: value for name, value in values.items() if value is not None}

    only = Query(description="Only where it has this value, in capitals or small letters.")
    kind = Annotated[str | None, line(100), only]
    read.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # which FastAPI reads
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name in dimensions]
    )
    return read


async def _lines(found: Figures) -> AsyncIterator[list[str]]:
    for row in found.rows:
        yield [guarded("" if row[word] is None else str(row[word])) for word in found.by] + [str(row["value"])]
