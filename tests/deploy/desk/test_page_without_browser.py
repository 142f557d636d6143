"""What the desk page does with scans and sign-ins, tried by node without a browser: `*.test.mjs` say what must hold."""

import subprocess
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_scan_is_done_for_its_own_member_and_none_is_dropped() -> None:
    check("scans", tests=18)


def test_who_signs_out_is_signed_out_though_nobody_answers() -> None:
    check("sign_in", tests=2)


def test_what_is_kept_without_a_line_is_sealed_and_sent_once() -> None:
    check("keep", tests=14)


def test_a_gateway_that_answers_for_nobody_is_no_line_and_hides_nothing_that_is_kept() -> None:
    check("line", tests=5)


def test_who_may_charge_in_one_branch_charges_in_that_one() -> None:
    check("rights", tests=5)


def check(name: str, *, tests: int) -> None:
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", TESTS / f"{name}.test.mjs"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"# tests {tests}\n" in done.stdout
    assert f"# pass {tests}\n" in done.stdout
