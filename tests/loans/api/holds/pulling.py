"""What is pulled for whom, as clients see it."""

from typing import Any

from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.loans.api.conftest import LIBRARIAN, Service
from tests.loans.makers import a_copy

WITHDRAWN = (CopyNotLendable("Withdrawn.", status="withdrawn"),)


LOST = (CopyNotLendable("Lost.", status="lost"),)


MISSING = (CopyNotLendable("Missing.", status="missing"),)


IN_REPAIR = (CopyNotLendable("In repair.", status="in_repair"),)


def shelve(library: Service, *barcodes: str, branch: str = "MAIN", **facts: Any) -> None:
    library.catalogue.copies += [
        a_copy(copy_id=new_id(), barcode=barcode, branch=branch, **facts) for barcode in barcodes
    ]


async def shown(library: Service, held: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await library.get(f"/v1/holds/{held['hold_id']}")).json()
    return found


async def target_of(library: Service, held: dict[str, Any]) -> str | None:
    target = (await shown(library, held))["target"]
    return None if target is None else target["barcode"]


async def pull_list(library: Service, branch: str = "MAIN") -> list[str]:
    items = (await library.get(f"/v1/holds/pull-list?branch={branch}")).json()["items"]
    return [copy["barcode"] for copy in items]


async def patch(
    library: Service, held: dict[str, Any], if_match: str | None = "*", *, token: str | None = None, **body: Any
) -> Any:
    headers = {"Authorization": f"Bearer {token or LIBRARIAN}"} | ({"If-Match": if_match} if if_match else {})
    return await library.http.patch(f"/v1/holds/{held['hold_id']}", json=body, headers=headers)


async def availability(library: Service) -> list[tuple[str, str | None]]:
    events = [event async for event in library.events()]
    changed = [data for type_, data in events if type_ == "loans.copy.availability_changed"]
    return [(data["availability"], data.get("transit_to")) for data in changed]
