"""Routes for imports of members: a file is taken in at once and worked on in the background."""

from fastapi import APIRouter

from members_service.api.membership.dependencies import MovingIn
from shared.kernel.imports import ImportView, StartImport
from shared.web import uploads
from shared.web.documents.described import located
from shared.web.imports import import_routes
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/imports", route_class=StrictRoute, tags=["imports"])
more = import_routes("moving_in", of="member_")

_FILE = uploads.file_of(
    json='{"external_id": "17", "card_number": "20000000000018", "name": "Ada", "category": "adult"}\n',
    csv="external_id,card_number,name,category\n17,20000000000018,Ada Lovelace,adult\n",
)


@router.post(
    "",
    status_code=202,
    operation_id="start_member_import",
    summary="Import members from a file",
    responses=located(202, "Retry-After") | refused_by(StartImport, uploads.Chosen),
    openapi_extra=_FILE,
)
async def start(moving_in: MovingIn, upload: uploads.Uploaded) -> ImportView:
    """Queue a file of members for import; its address tells how far it has come.

    - Records match by `external_id`, else by card number: the same file again changes nothing.
    - A bad record never stops the others, and is reported with what is wrong.
    - Nobody is written to; who joined long ago is told to nobody.
    - `left_out` counts the columns of a spreadsheet that nothing was made of.
    - The file is kept until the import is done, so that a crash only delays it.
    """
    return await upload.start(moving_in.start_import, moving_in.profiles, "members")
