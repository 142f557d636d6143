"""The workflows of the forge: pinned, with the least rights, and checked by a linter of their security."""

import re
from typing import Any

import yaml

from tests.deploy.operators import ROOT, run, tool
from tests.lab.faults.test_nemesis import SECONDS, SEED

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
PINNED = re.compile(r"^[\w./-]+@[0-9a-f]{40}$")


def test_a_linter_of_security_finds_nothing() -> None:
    run(tool("zizmor"), "--offline", "--no-progress", "--min-severity", "low", ROOT / ".github")


def test_the_schema_of_workflows_accepts_them() -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.dependabot", ROOT / ".github/dependabot.yml")


def test_every_action_is_pinned_and_nobody_has_rights_by_default() -> None:
    assert len(WORKFLOWS) >= 3
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}, path.name
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 60, path.name
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert not [action for action in used if not PINNED.match(action)], path.name


def test_the_tests_run_on_every_python_that_is_promised() -> None:
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text())

    assert ci["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def test_the_nemesis_goes_on_for_longer_than_in_make_test() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text())["jobs"]
    (usual,) = re.findall(r"^SECONDS = (\d+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert jobs["faults"]["steps"][-1]["run"].endswith(f" make faults SEED={SEED}")
    assert 90 <= int(usual) > int(SECONDS)


def test_known_vulnerabilities_are_looked_for_daily_and_when_a_lock_changes() -> None:
    text = (ROOT / ".github/workflows/audit.yaml").read_text()
    audit = yaml.safe_load(text)
    when, job = audit[True], audit["jobs"]["known-vulnerabilities"]  # YAML reads `on` as a switch

    assert re.fullmatch(r"\d+ \d+ \* \* \*", when["schedule"][0]["cron"])
    assert "requirements*.txt" in when["push"]["paths"]
    assert "requirements*.txt" in when["pull_request"]["paths"]
    commands = job["steps"][-1]["run"]
    assert {"requirements.txt", "requirements-dev.txt", "requirements-lock.txt"} == set(
        re.findall(r"--requirement (\S+)", commands)
    )
    assert re.search(r"pip-audit==[\d.]+ ", commands)


def test_the_image_is_scanned_daily_and_before_it_is_signed_and_each_platform_has_its_emulator() -> None:
    def steps_of(name: str, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = yaml.safe_load((ROOT / ".github/workflows" / name).read_text())["jobs"][job][
            "steps"
        ]
        return found

    daily, release = steps_of("audit.yaml", "image"), steps_of("release.yaml", "release")
    for steps in (daily, release):
        (scan,) = [step["with"] for step in steps if step.get("uses", "").startswith("anchore/scan-action@")]
        assert ("high", True) == (scan["severity-cutoff"], scan["only-fixed"])
        assert scan.get("fail-build", True)
    order = [step.get("uses", step.get("run", "")) for step in release]
    places = [
        next(number for number, what in enumerate(order) if mark in what)
        for mark in ("setup-qemu-action", "setup-buildx-action", "build-push-action", "scan-action", "cosign sign")
    ]
    assert sorted(places) == places
    (image,) = (step["with"] for step in release if step.get("id") == "image")
    assert "linux/amd64,linux/arm64" == image["platforms"]


def test_a_release_is_signed_and_says_what_it_is_made_of() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yaml").read_text())["jobs"]
    release = jobs["release"]
    steps = release["steps"]
    (image,) = (step for step in steps if step.get("id") == "image")
    commands = [line.strip() for step in steps for line in step.get("run", "").splitlines()]

    assert "write" == release["permissions"]["id-token"], "signatures are made with the identity of the workflow"
    assert (True, "mode=max") == (image["with"]["sbom"], image["with"]["provenance"])
    assert [
        'cosign sign --yes "$REGISTRY/library-services@$DIGEST"',
        'cosign sign --yes "$REGISTRY/charts/library@$chart"',
    ] == [command for command in commands if command.startswith("cosign sign")]
    assert "${{ steps.image.outputs.digest }}" in str(steps), "what is signed is what was built"


def test_what_makes_the_locks_is_locked_itself() -> None:
    locks = run("make", "-n", "lock", "-C", ROOT)
    named = re.findall(r"^(\S+)==\S+ \\\n +--hash=", (ROOT / "requirements-lock.txt").read_text(), re.MULTILINE)
    (judged,) = re.findall(
        r"make lock && git diff --exit-code -- (.+)", (ROOT / ".github/workflows/ci.yaml").read_text()
    )

    assert named == ["uv"]
    assert re.findall(r"bin/pip install (.+?) &&", locks) == ["--quiet --require-hashes -r requirements-lock.txt"]
    assert judged.split() == ["requirements.txt", "requirements-dev.txt", "requirements-lock.txt"]
