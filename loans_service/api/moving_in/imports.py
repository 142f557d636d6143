"""Routes for imports of loans, holds and debts: a file is taken in at once and worked on in the background."""

from typing import Annotated

from fastapi import APIRouter, Query

from loans_service.api.dependencies import MovingIn
from loans_service.application.moving_in.take_in import What
from loans_service.application.moving_in.use_cases import MovingInUseCases
from shared.kernel.imports import ImportView, StartImport
from shared.web import uploads
from shared.web.documents.described import located
from shared.web.imports import import_routes
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])
more = import_routes("moving_in", of="circulation_")

_FILE = uploads.file_of(
    json='{"barcode": "30000000000019", "card_number": "20000000000018", "checked_out_at": "2026-02-10T15:04:00Z", '
    '"due_at": "2026-03-03", "renewals": 1}\n',
    csv="barcode,card_number,checked_out_at,due_at,renewals\n30000000000019,20000000000018,2026-02-10,2026-03-03,1\n",
)


@router.post(
    "",
    status_code=202,
    operation_id="start_circulation_import",
    summary="Import open loans, holds or debts from a file",
    responses=located(202, "Retry-After") | refused_by(MovingInUseCases, StartImport, uploads.Chosen),
    openapi_extra=_FILE,
)
async def start(
    moving_in: MovingIn,
    upload: uploads.Uploaded,
    what: Annotated[What | None, Query(description="What the records of the file are; else as in the profile.")] = None,
) -> ImportView:
    """Queue a file for import; its address tells how far it has come. Members and copies have come before.

    - Records match by `external_id`, else by their natural key: of a loan barcode, card number and `checked_out_at`; of
      a hold card number and what is waited for; of a debt card number, reason, since, amount and barcode. The same file
      again changes nothing. In what is on record here and does not follow a record that changed, `record-differs`.
    - A bad record never stops the others, and is reported with what is wrong. Limits that a record passes are reported
      with it, and it is taken all the same.
    - A moment without a zone is by the clock of the branch; a loan that is due on a day is due at its end. Amounts are
      in minor units; a text such as 2.50 is one in major units.
    - Nobody is written to about the past: the events of what is imported say so.
    - `left_out` counts the columns of a spreadsheet that nothing was made of.
    - The file is kept until the import is done, so that a crash only delays it.
    """
    return await upload.start(moving_in.start_import, moving_in.profiles, what)
