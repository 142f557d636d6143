"""Routes that are the same for the imports of every service: their list, one of them, and the saved profiles."""

from collections.abc import Sequence
from datetime import datetime
from inspect import getdoc
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from shared.kernel.from_attributes import from_attributes
from shared.kernel.import_profiles import ImportProfile, ImportProfiles
from shared.kernel.import_undo import Undo, UndoImport
from shared.kernel.imports import ImportJobs, ImportState, ImportSummary, ImportView
from shared.kernel.saved_profiles import SaveProfile
from shared.web import uploads
from shared.web.app_state import from_app_state
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by


class Imports(Protocol):
    """What a service can be asked about its imports."""

    @property
    def imports(self) -> ImportJobs: ...

    @property
    def profiles(self) -> ImportProfiles: ...

    @property
    def save_profile(self) -> SaveProfile: ...

    @property
    def undo_import(self) -> UndoImport: ...


_Name = Annotated[str, Field(min_length=1, max_length=100)]
ProfileName = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$", description="Small letters, digits, and . _ - behind the first.")
]


_NO_MAPPING: dict[str, str | dict[str, str]] = {}
_MADE: dict[int | str, dict[str, Any]] = {201: {"model": ImportProfile, "description": "There was none of this name."}}


class ImportProfileRequest(StrictJsonBody):
    """How files of one kind are imported."""

    what: Annotated[str, Field(max_length=20, description="What the records of the files are.")]
    format: Annotated[str, Field(max_length=20)]
    mapping: Annotated[
        dict[_Name, _Name | dict[_Name, _Name]],
        Field(max_length=200, description="As `mapping` of an import: for a field of ours, the file's name for it."),
    ] = _NO_MAPPING
    match: Annotated[
        tuple[_Name, ...],
        Field(max_length=10, description="By which keys records are matched, best first; empty: all."),
    ] = ()
    protect: Annotated[
        tuple[_Name, ...], Field(max_length=100, description="Fields that keep the value that they have here.")
    ] = ()


def samples_of(view: ImportView, profile: ImportProfile) -> tuple[object, ...]:
    """Return samples for the documents of these routes."""
    fields = {name: getattr(profile, name) for name in ImportProfileRequest.model_fields}
    return (view, from_attributes(view, ImportSummary), profile, ImportProfileRequest(**fields))


def import_routes(state: str, *, of: str = "") -> APIRouter:
    """Return the routes for the imports that `app.state.<state>` knows; `of` is a word in the ids of the operations."""
    router = APIRouter(route_class=StrictRoute, tags=["imports"])
    here: Any = from_app_state(state)
    _list_routes(router, here, of)
    _profile_routes(router, here, of)
    return router


def _list_routes(router: APIRouter, here: Any, of: str) -> None:
    @router.get("/v1/imports", operation_id=f"list_{of}imports", summary="List imports, newest first")
    async def list_imports(
        page: Page,
        service: Annotated[Imports, here],
        state: Annotated[ImportState | None, Query(description="Only those in this state.")] = None,
    ) -> Listing[ImportSummary]:
        """Imports are listed for as long as they are kept after their end. Each shows its errors itself."""
        before = page.after(tuple[datetime, UUID])
        found = await service.imports.newest(state, before=before, limit=page.limit + 1)
        return page.listing(found, lambda one: (one.created_at, one.import_id))

    @router.get(
        "/v1/imports/{import_id}",
        operation_id=f"get_{of}import",
        summary="Show how far an import has come",
        responses=refused_by(ImportJobs.view),
    )
    async def show_one(import_id: UUID, service: Annotated[Imports, here], look: uploads.LookedAt) -> ImportView:
        """While it is queued or running, `Retry-After` says when to look again."""
        return await look.at(service.imports, import_id)

    @router.post(
        "/v1/imports/{import_id}/undo",
        status_code=202,
        operation_id=f"undo_{of}import",
        summary="Undo an import",
        description=getdoc(UndoImport),
        responses=located(202, "Retry-After") | refused_by(UndoImport),
    )
    async def undo(
        import_id: UUID,
        service: Annotated[Imports, here],
        caller: Caller,
        *,
        once: Once,
        tag: Tag,
        response: Response,
        dry_run: Annotated[bool, Query(description="Tell what would go back, and change nothing.")] = False,
    ) -> ImportView:
        view = await once(ImportView, service.undo_import, Undo(import_id, dry_run, caller.subject))
        response.headers["Location"] = f"/v1/imports/{view.import_id}"
        response.headers["Retry-After"] = uploads.LOOK_AGAIN_AFTER
        return tag(view)


def _profile_routes(router: APIRouter, here: Any, of: str) -> None:
    one = "/v1/import-profiles/{name}"

    @router.get(
        "/v1/import-profiles", operation_id=f"list_{of}import_profiles", summary="List the saved ways to import"
    )
    async def list_profiles(page: Page, service: Annotated[Imports, here]) -> Listing[ImportProfile]:
        """They are in the order of their names."""
        after = page.after(tuple[str])
        found: Sequence[ImportProfile] = await service.profiles.after(after[0] if after else None, limit=page.limit + 1)
        return page.listing(found, lambda profile: (profile.name,))

    @router.get(
        one,
        operation_id=f"get_{of}import_profile",
        summary="Show how files are imported under this name",
        responses=refused_by(ImportProfiles.get),
    )
    async def show_profile(name: ProfileName, service: Annotated[Imports, here], tag: Tag) -> ImportProfile:
        """Its `ETag` is what a change names in `If-Match`."""
        return tag(await service.profiles.get(name))

    @router.put(
        one,
        operation_id=f"put_{of}import_profile",
        summary="Save how files are imported, under a name",
        responses=_MADE | refused_by(SaveProfile, ImportProfiles.put),
    )
    async def put_profile(
        name: ProfileName,
        body: ImportProfileRequest,
        if_match: IfMatchUnlessNew,
        *,
        service: Annotated[Imports, here],
        tag: Tag,
        response: Response,
    ) -> ImportProfile:
        """An import that names it with `profile` reads its file so; what the import says itself counts instead.

        - `match`: by which keys records find what is here, best first. `protect`: fields that keep the value they have.
        - What is queued or running goes on as it was started.
        """
        profile = ImportProfile(name, body.what, body.format, body.mapping, body.match, body.protect)
        with if_match.needed_for_what_is_there():
            saved = await service.save_profile(profile, in_place_of=if_match.version)
        response.status_code = 201 if saved.version == 1 else 200
        return tag(saved)

    @router.delete(
        one,
        status_code=204,
        operation_id=f"remove_{of}import_profile",
        summary="Remove a saved way to import",
        responses=refused_by(ImportProfiles.remove),
    )
    async def remove_profile(name: ProfileName, version: MaybeIfMatch, service: Annotated[Imports, here]) -> None:
        """What was started with it goes on as it was started."""
        await service.profiles.remove(name, seen=version)
