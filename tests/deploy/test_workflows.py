"""The workflows of the forge: pinned, with the least rights, and checked by a linter of their security."""

import re

import yaml

from tests.deploy.operators import ROOT, run, tool

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
