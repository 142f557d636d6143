"""Routes that take a file of records for an import in the background."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from shared.kernel.errors import InvalidValue, refuses
from shared.kernel.file_records import Formats
from shared.kernel.import_profiles import ImportProfiles, ImportRules, ProfileNotFound
from shared.kernel.imports import ERRORS_PER_PAGE, ImportJobs, ImportView, Start, StartImport
from shared.kernel.saved_profiles import started_by
from shared.record_files.records import columns_of
from shared.record_files.spool import FileSpool
from shared.web.auth import Caller
from shared.web.cursors import AnyCursor, CursorsHere, PageParameters, listing
from shared.web.documents.schemas import FILE
from shared.web.etags import Tag
from shared.web.idempotency import StreamedOnce
from shared.web.problems import Problem, worded

MOST_BYTES = 64 * 2**20
LOOK_AGAIN_AFTER = "1"  # second

DryRun = Annotated[bool, Query(description="Report what would happen, and change nothing.")]


def file_of(**examples: str) -> dict[str, Any]:
    """Return the OpenAPI description of a body that is a file, with an example of each format."""
    samples = {format: {"value": example} for format, example in examples.items()}
    return {
        "requestBody": {
            "required": True,
            "description": "The file itself, as bytes. `format` says what it is, whatever the media type.",
            "content": {"application/octet-stream": {"schema": FILE, "examples": samples}},
        }
    }


class Intake:
    """Takes a file that is the body of a request."""

    def __init__(self, request: Request, response: Response, *, caller: Caller, once: StreamedOnce, tag: Tag) -> None:
        self._request = request
        self._response = response
        self._once = once
        self._tag = tag
        self.by = caller.subject

    async def start(self, start_import: StartImport, command: Start) -> ImportView:
        """Start the import, and set `Location` to the address of its progress. Raises what `start_import` refuses."""
        expect_bytes(self._request)
        start_import.check(command)
        async with spooled(self._request) as (content, digest):
            once = self._once.over(digest)
            view = await once(ImportView, partial(start_import, content=content), command)
        self._response.headers["Location"] = f"/v1/imports/{view.import_id}"
        self._response.headers["Retry-After"] = LOOK_AGAIN_AFTER
        return self._tag(view)


class FormatMissing(InvalidValue):
    """Nothing says what kind of file it is."""

    code = "format-missing"
    detail = "Say with `format` what kind of file this is, or name a `profile` that does."
    field = "format"


_Name = Annotated[str, Field(min_length=1, max_length=100)]


@refuses(ProfileNotFound, FormatMissing)
class Chosen:
    """How records are treated: by a saved profile, and by what the request says itself, which counts instead."""

    def __init__(
        self,
        *,
        profile: Annotated[
            str | None, Query(max_length=60, description="The name of a saved profile. What is said beside it counts.")
        ] = None,
        match: Annotated[
            tuple[_Name, ...],
            Query(max_length=10, description="By which keys records are matched, best first; all of them if absent."),
        ] = (),
        protect: Annotated[
            tuple[_Name, ...],
            Query(max_length=100, description="Fields that keep the value that they have here, if they have one."),
        ] = (),
    ) -> None:
        self._profile = profile
        self._rules = ImportRules(tuple(match), tuple(protect))

    async def over(self, profiles: ImportProfiles, explicit: Start) -> Start:
        """Return how to import, by the request and its profile. Raises ProfileNotFound or FormatMissing."""
        saved = None if self._profile is None else await profiles.get(self._profile)
        how = started_by(saved, replace(explicit, rules=self._rules))
        if not how.format:
            raise FormatMissing
        return how


ChosenRules = Annotated[Chosen, Depends()]
"""`profile`, `match` and `protect` of an import."""


class Upload:
    """An upload with its options: fields have our names, or those of a mapping."""

    def __init__(
        self,
        intake: Annotated[Intake, Depends()],
        chosen: ChosenRules,
        *,
        format: Annotated[
            Formats | None, Query(description="json (an array, or an object a line) or csv; else as in the profile.")
        ] = None,
        dry_run: DryRun = False,
        mapping: Annotated[
            str,
            Field(max_length=4_000, examples=['{"external_id": "id"}']),
            Query(description="A JSON object: for a field of ours, the name of the file's column."),
        ] = "{}",
    ) -> None:
        self._intake = intake
        self._chosen = chosen
        self._how = partial(Start, format=format or "", dry_run=dry_run, by=intake.by)
        self._mapping = mapping

    async def start(self, start_import: StartImport, profiles: ImportProfiles, what: str | None) -> ImportView:
        """Start the import. Raises ProfileNotFound, FormatMissing, InvalidMapping, and what `start_import` refuses."""
        explicit = self._how(what or "", mapping=columns_of(self._mapping))
        return await self._intake.start(start_import, await self._chosen.over(profiles, explicit))


class Look:
    """Shows the progress of an import."""

    def __init__(
        self,
        request: Request,
        response: Response,
        *,
        tag: Tag,
        cursors: CursorsHere,
        cursor: Annotated[str | None, AnyCursor] = None,
    ) -> None:
        self._request = request
        self._response = response
        self._tag = tag
        self._page = PageParameters(ERRORS_PER_PAGE, cursor, cursors)

    async def at(self, jobs: ImportJobs, import_id: UUID) -> ImportView:
        """Return the import with one page of its errors. Raises ImportNotFound."""
        place = self._page.after(tuple[Annotated[int, Field(ge=0, le=10**9)]])
        behind = place[0] if place else 0
        view, more = await jobs.view(import_id, after_error=behind)
        if view.state in ("queued", "running"):
            self._response.headers["Retry-After"] = LOOK_AGAIN_AFTER
        following = (behind + ERRORS_PER_PAGE,) if more else None
        page = listing(self._request, view.errors, following, self._response)
        return replace(self._tag(view), errors=worded(view.errors), next_cursor=page.next_cursor)


def expect_bytes(request: Request) -> None:
    """Raise the Problem of a form upload, which is not accepted."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem(415, "unsupported-media-type", "Send the file itself as the body, not a form that holds it.")


@asynccontextmanager
async def spooled(request: Request) -> AsyncIterator[tuple[AsyncIterator[bytes], bytes]]:
    """Spool a body to disk; yield its pieces and its digest."""
    digest = hashlib.sha256()
    async with FileSpool(request.app.state.spool_folder) as spool:
        async for piece in request.stream():
            digest.update(piece)
            await spool.write(piece)
        yield spool.read(), digest.digest()


TakenIn = Annotated[Intake, Depends()]
"""The uploaded file."""

Uploaded = Annotated[Upload, Depends()]
"""The uploaded file, with its options."""

LookedAt = Annotated[Look, Depends()]
"""The import at this address."""
