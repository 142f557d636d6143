"""A file that comes once more after two of its records were made one."""

from typing import Any

import pytest

from members_service.application.membership.cards.replace_card import GiveCard
from members_service.application.membership.merge_members import Merge
from shared.kernel.file_records import Counts
from tests.members.application.membership.test_import_members import everybody, taken
from tests.members.register import Register

GONE = {"external_id": "1", "card_number": "OLD", "name": "Lovelace, Ada", "category": "adult", "email": "old@x.y"}
STAYS = {"external_id": "2", "card_number": "NEW", "name": "Ada Lovelace", "category": "adult", "email": "new@x.y"}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


@pytest.mark.parametrize(
    "left_out", [(), ("card_number",), ("external_id",)], ids=["with both keys", "by the key", "by the card"]
)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_the_same_file_again_changes_nothing_of_a_record_that_was_merged(
    register: Register, left_out: tuple[str, ...], *, dry_run: bool
) -> None:
    file = [without(STAYS, *left_out), without(GONE, *left_out)]
    await taken(register, *file)
    members = {one.name: one.member_id for one in (await everybody(register)).values()}
    await register.membership.merge_members(Merge(members["Lovelace, Ada"], members["Ada Lovelace"]))
    before = await everybody(register)

    whole = await taken(register, *file, dry_run=dry_run)

    assert (Counts(read=2, skipped=2), before) == (whole.counts, await everybody(register))


async def test_a_file_is_followed_by_a_card_that_was_kept_beside_another_one(register: Register) -> None:
    await taken(register, without(STAYS, "external_id"))
    (ada,) = (await everybody(register)).values()
    await register.membership.replace_card(GiveCard(ada.member_id, "PHONE", keep_old=True))

    whole = await taken(register, without(STAYS, "external_id") | {"name": "Ada King"})

    assert (Counts(read=1, updated=1), ["Ada King"]) == (
        whole.counts,
        [one.name for one in (await everybody(register)).values()],
    )
