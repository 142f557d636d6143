"""Look the policy up."""

from dataclasses import replace

from loans_service.application.lending.views import PolicyTableView, RuleViews
from loans_service.domain.rules.policy_document import in_currency


async def show_policy(version: int | None, *, rules: RuleViews, currency: str) -> PolicyTableView:
    """Show this version of the policy, or the one in force for None. Raises PolicyNotFound."""
    table = await rules.policy(version)
    return replace(table, document=in_currency(table.document, currency))
