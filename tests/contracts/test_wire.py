"""Nothing that a client sees changes unnoticed."""

from difflib import unified_diff

import pytest

from tests.contracts.documents import NAMES, kept, served


@pytest.mark.parametrize(("service", "kind"), NAMES)
async def test_a_service_says_of_itself_what_is_kept_in_the_files(service: str, kind: str) -> None:
    before, now = kept(service, kind), await served(service, kind)

    changed = "\n".join(unified_diff(before.splitlines(), now.splitlines(), "kept", "served", lineterm="", n=2))
    assert before == now, f"If this is meant, run `python -m tests.contracts.documents`.\n{changed[:10_000]}"
