"""Routes for the policy: the whole table, by version."""

from inspect import getdoc
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from loans_service.api.dependencies import Rules
from loans_service.api.rules.policy_requests import PolicyRequest, PolicyResponse
from loans_service.api.shapes import Day
from loans_service.application.rules.change_policy import ChangePolicy, PolicyChange
from loans_service.application.rules.rule_views import PolicyView
from loans_service.application.rules.show_rules import ShowPolicy
from loans_service.domain.rules.charge_kinds import CHARGE_KINDS
from shared.web.addresses import address_of
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/policies", route_class=StrictRoute, tags=["policies"])

_SUCCESSOR: dict[str, Any] = {
    "description": 'The version that comes into force next (RFC 5829), `rel="successor-version"`; if one is planned.',
    "schema": {"type": "string"},
}


@router.get(
    "",
    operation_id="get_policy",
    summary="Show the policy in force",
    responses={200: {"headers": {"Link": _SUCCESSOR}}},
)
async def show_in_force(
    rules: Rules,
    *,
    on: Annotated[Day | None, Query(description="On this day, if it is later than today.")] = None,
    tag: Tag,
    request: Request,
    response: Response,
) -> PolicyResponse:
    """Show the whole table of rules and terms; its `ETag` is what a change of it must name.

    While another version is planned, `Link` leads to the one that comes into force next.
    """
    shown = await rules.show_policy(on=on)
    if shown.successor is not None:
        link = f"{address_of(request)}/{shown.successor}"
        response.headers["Link"] = f'<{link}>; rel="successor-version"'
    return _policy_response(shown, tag)


@router.get(
    "/{version}",
    operation_id="get_policy_version",
    summary="Show a version of the policy",
    responses=refused_by(ShowPolicy),
)
async def show_version(version: Annotated[int, Path(ge=1, le=2_000_000_000)], rules: Rules, tag: Tag) -> PolicyResponse:
    """Show the table as it was under this number: loans name the one that they were made under."""
    return _policy_response(await rules.show_policy(version), tag)


@router.put(
    "",
    operation_id="put_policy",
    summary="Put another policy in force",
    description=getdoc(ChangePolicy),
    responses=refused_by(ChangePolicy),
)
async def put(body: PolicyRequest, rules: Rules, if_match: IfMatch, tag: Tag) -> PolicyResponse:
    command = PolicyChange(body.model_dump(mode="json", by_alias=True), in_place_of=if_match)
    return _policy_response(await rules.change_policy(command), tag)


def _policy_response(table: PolicyView, tag: Tag) -> PolicyResponse:
    tag(table)
    absent = {"cases": [], "charge_kinds": CHARGE_KINDS, "holds": {}, "renewals_stopped_by": [], "collections": {}}
    return PolicyResponse.model_validate(
        {**absent, **table.document, "version": table.version, "made_at": table.made_at}
    )
