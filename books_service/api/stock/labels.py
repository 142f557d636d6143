"""The route that prints labels for copies."""

from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from books_service.api.dependencies import Stock
from books_service.application.stock.print_labels import MOST_LABELS, LabelOrder, PrintLabels
from books_service.domain.stock.label import LabelKind
from shared.kernel.sheets import Symbology
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by
from shared.web.sheets import ANSWERS, OnSheet, pdf_answer

router = APIRouter(prefix="/v1/labels", route_class=StrictRoute, tags=["copies"])


class LabelsRequest(OnSheet):
    """For which copies labels are printed, which ones, and on which sheet."""

    copy_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LABELS)]
    label: LabelKind = LabelKind.BARCODE
    code: Symbology = Symbology.CODE128


@router.post(
    "",
    operation_id="print_labels",
    summary="Print labels for copies",
    description=getdoc(PrintLabels),
    response_class=Response,
    responses={**ANSWERS, **refused_by(PrintLabels)},
)
async def print_labels(body: LabelsRequest, stock: Stock) -> Response:
    order = LabelOrder(body.copy_ids, body.label, body.chosen_sheet(), body.code, body.skip)
    return pdf_answer(await stock.print_labels(order), "labels")
