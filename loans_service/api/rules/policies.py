"""Routes for the policy: the whole table, by version."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Path

from loans_service.api.dependencies import UseCases
from loans_service.api.rules.policy_requests import PolicyRequest, PolicyResponse
from loans_service.application.lending.views import PolicyTableView
from loans_service.application.refusals import OF_POLICY, OF_POLICY_CHANGE
from loans_service.application.rules.change_policy import ChangePolicy, change_policy
from loans_service.application.rules.show_policy import show_policy
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/policies", route_class=StrictRoute, tags=["policies"])


@router.get("", operation_id="get_policy", summary="Show the policy in force")
async def show_newest(ports: UseCases, tag: Tag) -> PolicyResponse:
    """Show the whole table of rules and terms; its `ETag` is what a change of it must name."""
    return _shown(await show_policy(None, rules=ports.rules, currency=ports.currency), tag)


@router.get(
    "/{version}",
    operation_id="get_policy_version",
    summary="Show a version of the policy",
    responses=refusals(*OF_POLICY),
)
async def show_version(
    version: Annotated[int, Path(ge=1, le=2_000_000_000)], ports: UseCases, tag: Tag
) -> PolicyResponse:
    """Show the table as it was under this number: loans name the one that they were made under."""
    return _shown(await show_policy(version, rules=ports.rules, currency=ports.currency), tag)


@router.put(
    "",
    operation_id="put_policy",
    summary="Put another policy in force",
    description=getdoc(change_policy),
    responses=refusals(*OF_POLICY_CHANGE),
)
async def put(body: PolicyRequest, ports: UseCases, if_match: IfMatch, tag: Tag) -> PolicyResponse:
    table = await change_policy(
        ChangePolicy(body.model_dump(mode="json"), in_place_of=if_match),
        uow=ports.unit_of_work(None),
        clock=ports.clock,
        currency=ports.currency,
    )
    return _shown(table, tag)


def _shown(table: PolicyTableView, tag: Tag) -> PolicyResponse:
    tag(table.version)
    return PolicyResponse.model_validate(
        {"cases": [], **table.document, "version": table.version, "made_at": table.made_at}
    )
