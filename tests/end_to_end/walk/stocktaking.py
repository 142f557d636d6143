"""Takes stock of each branch: what is called missing, misplaced or of a wrong status must be just what is."""

from collections.abc import Iterable
from typing import Any

from tests.end_to_end.walk.acts import Acts
from tests.end_to_end.walk.stage import Copy, Stage
from tests.end_to_end.walk.town import Broken

ON_SHELF = frozenset({"home", "floated", "temporary"})
EXPECTED = frozenset({"in_service", "reference_only"})


class Stocktaking:
    """Somebody goes along the shelves with a scanner, and a copy or two were put wrong or are gone."""

    def __init__(self, stage: Stage, acts: Acts) -> None:
        self.stage, self.acts = stage, acts
        self.planted = 0

    async def __call__(self) -> None:
        """Raise Broken with everything that stocktaking says and is not so, or is so and it does not say."""
        await self._find_all()
        on_shelves = [copy for copy in self.stage.copies if copy.stands is not None]
        shown = {copy.barcode: await self._shown(copy) for copy in on_shelves}
        gone, astray = self._planted(on_shelves)
        self.planted += len(gone) + len(astray)
        for branch in self.stage.branches:
            there = [copy for copy in on_shelves if copy.stands == branch]
            hand = [copy for copy in there if copy not in gone and copy not in astray]
            hand += [copy for copy, other in astray.items() if other == branch]
            found = await self._count(branch, hand)
            fit = [copy for copy in there if shown[copy.barcode]["status"] in EXPECTED]
            expected = {
                "missing": _barcodes(copy for copy in fit if copy not in hand),
                "misplaced": _barcodes(copy for copy in hand if copy.stands != branch),
                "wrong_status": _barcodes(copy for copy in hand if shown[copy.barcode]["status"] not in EXPECTED),
            }
            for name, barcodes in expected.items():
                if barcodes != (told := sorted(each["barcode"] for each in found[name])):
                    where = [shown[each] for each in set(barcodes) ^ set(told) if each in shown]
                    raise Broken(f"{name} in {branch} are {barcodes}, and not {told}: {where}")

    async def _find_all(self) -> None:
        """Scan each copy of which the walk has lost sight: then it lies where the desk was told."""
        await self.stage.town.settle()
        for copy in self.stage.copies:
            if copy.stands is None and (await self._shown(copy))["stands"]["why"] in ON_SHELF:
                await self.acts.bring_back(copy)
                await self.stage.town.settle()

    async def _shown(self, copy: Copy) -> dict[str, Any]:
        found: dict[str, Any] = await self.stage.do("GET", "books", f"/v1/copies/{copy.copy_id}")
        return found

    def _planted(self, on_shelves: list[Copy]) -> tuple[list[Copy], dict[Copy, str]]:
        """Choose what somebody has taken away, and what was put into another branch, where it is not at home."""
        drawn = self.stage.rng.sample(on_shelves, min(3, len(on_shelves)))
        others = {copy: [branch for branch in self.stage.branches if branch != copy.stands] for copy in drawn[1:]}
        return drawn[:1], {copy: self.stage.rng.choice(branches) for copy, branches in others.items()}

    async def _count(self, branch: str, hand: list[Copy]) -> dict[str, Any]:
        begun = await self.stage.do("POST", "books", "/v1/inventories", {"branch": branch})
        path = f"/v1/inventories/{begun['inventory_id']}"
        if hand:
            await self.stage.do("POST", "books", f"{path}/scans", {"barcodes": [copy.barcode for copy in hand]})
        found: dict[str, Any] = await self.stage.do("GET", "books", path)
        return found


def _barcodes(copies: Iterable[Copy]) -> list[str]:
    return sorted(copy.barcode for copy in copies)
