"""What the desk page does with scans, tried by node without a browser: `scans.test.mjs` says what must hold."""

import subprocess
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_scan_is_done_for_its_own_member_and_none_is_dropped() -> None:
    told = subprocess.run(
        ["node", "--test", "--test-reporter=tap", TESTS / "scans.test.mjs"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert 0 == told.returncode, told.stdout + told.stderr
    assert "# tests 18\n" in told.stdout
    assert "# pass 18\n" in told.stdout
