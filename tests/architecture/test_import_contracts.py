"""The dependency rule of pyproject.toml, so that `pytest` alone is enough."""

from tests.architecture.checkout import ROOT, lint_imports


def test_every_import_keeps_to_the_contracts() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr
