"""Routes for the whole matrix of roles and grants as a file: out, in, and what it would change."""

from inspect import getdoc
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import Field

from members_service.api.email_address import EmailAddress
from members_service.api.identity.accounts import RoleName
from members_service.api.identity.dependencies import Identity
from members_service.application.identity.grants.matrix import (
    ExportMatrix,
    ImportMatrix,
    Matrix,
    MatrixChanges,
    MatrixFile,
    MatrixGrant,
    MatrixRole,
)
from shared.web.auth import Caller
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by
from shared.web.uploads import DryRun

router = APIRouter(prefix="/v1/rights/matrix", route_class=StrictRoute, tags=["rights"])


class MatrixRoleRequest(StrictJsonBody):
    """What a role is called, and what it gives."""

    name: RoleName
    title: Annotated[str, line(100)]
    rights: Annotated[list[Annotated[str, line(40)]], Field(max_length=100)]


class MatrixGrantRequest(StrictJsonBody):
    """A role of the account with this address: in which branches, and until when."""

    email: EmailAddress
    role: RoleName
    branches: Annotated[list[Annotated[str, line(40)]], Field(min_length=1, max_length=100)] | None = Field(
        description="Codes of branches; null for all of them, those to come included."
    )
    until: Moment | None = Field(None, description="When it ends by itself.")


class MatrixRequest(StrictJsonBody):
    """What is to change of the matrix; roles and accounts that are left out stay."""

    roles: Annotated[list[MatrixRoleRequest], Field(max_length=500)] = Field(default_factory=list)
    grants: Annotated[list[MatrixGrantRequest], Field(max_length=5_000)] = Field(default_factory=list)

    def command(self, *, dry_run: bool, by: str) -> MatrixFile:
        """Return the command; `by` is who asks."""
        roles = (MatrixRole(one.name, one.title, tuple(one.rights)) for one in self.roles)
        grants = (
            MatrixGrant(one.email, one.role, None if one.branches is None else tuple(one.branches), one.until)
            for one in self.grants
        )
        return MatrixFile(Matrix(tuple(roles), tuple(grants)), dry_run, by)


class MatrixResponse(ResponseModel):
    """All roles, and all grants of accounts that do more than a member's."""

    roles: list[MatrixRole]
    grants: list[MatrixGrant]

    @classmethod
    def of_matrix(cls, matrix: Matrix) -> Self:
        """Show it."""
        return cls(roles=list(matrix.roles), grants=list(matrix.grants))


@router.get(
    "",
    operation_id="export_rights_matrix",
    summary="Show who may do what, and where, as a file",
    description=getdoc(ExportMatrix),
)
async def take_out(identity: Identity, response: Response) -> MatrixResponse:
    response.headers["content-disposition"] = 'attachment; filename="rights.json"'
    response.headers["cache-control"] = "no-store"
    return MatrixResponse.of_matrix(await identity.grants.export_matrix())


@router.post(
    "",
    operation_id="import_rights_matrix",
    summary="Change who may do what, and where, by a file",
    description=getdoc(ImportMatrix),
    responses=refused_by(ImportMatrix),
)
async def take_in(
    body: MatrixRequest, *, caller: Caller, identity: Identity, once: Once, dry_run: DryRun = False
) -> MatrixChanges:
    command = body.command(dry_run=dry_run, by=caller.subject)
    return await once(MatrixChanges, identity.grants.import_matrix, command)
