"""A contract that guards nothing looks like one that holds: so break each of them once, in a copy of the tree."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.checkout import CONTRACTS, PACKAGES, ROOT, lint_imports

# contract, file to plant, what it says
VIOLATIONS = [
    ("rooms", "loans_service/domain/planted.py", "import loans_service.application"),
    ("rooms", "loans_service/api/planted.py", "import loans_service.adapters"),
    ("rooms", "books_service/adapters/planted.py", "import books_service.settings"),
    ("rooms", "members_service/adapters/planted.py", "import members_service.wiring"),
    ("rooms", "members_service/utils.py", ""),
    ("contexts", "loans_service/adapters/planted.py", "import books_service.main"),
    ("members-order", "members_service/domain/membership/planted.py", "from members_service.domain import identity"),
    ("members-order", "members_service/application/identity/planted.py", "import members_service.application.privacy"),
    ("membership-alone", "members_service/application/membership/planted.py", "import members_service.domain.identity"),
    ("membership-alone", "members_service/api/membership/planted.py", "import members_service.application.ports"),
    ("identity-alone", "members_service/adapters/identity/planted.py", "import members_service.domain.membership"),
    ("pure-core", "loans_service/domain/planted.py", "import sqlalchemy"),
    ("pure-core", "books_service/application/planted.py", "from structlog import get_logger"),
    ("pure-core", "members_service/application/planted.py", "import shared.persistence"),
    ("pure-core", "shared/kernel/planted.py", "import pydantic"),
    ("still-domain", "members_service/domain/planted.py", "import asyncio"),
    ("thin-edges", "loans_service/api/planted.py", "import loans_service.domain"),
    ("thin-edges", "books_service/listeners/planted.py", "import sqlalchemy"),
    ("one-home", "members_service/adapters/planted.py", "from jose import jwt"),
    ("one-home", "loans_service/adapters/planted.py", "import aio_pika"),
    ("shared-is-below", "shared/messaging/planted.py", "import loans_service"),
    ("shared-shelves", "shared/kernel/planted.py", "import shared.web"),
    ("shared-shelves", "shared/persistence/planted.py", "import shared.messaging"),
    ("shared-shelves", "shared/web/planted.py", "import shared.service"),
    ("shared-shelves", "shared/utils.py", ""),
    ("not-a-library", "books_service/planted.py", "import deploy.local"),
]


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "docs_assets"))
    return copy


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_planted_violation_is_caught(copied_tree: Path, contract: str, file: str, line: str) -> None:
    planted = copied_tree / file
    planted.write_text(f"{line}\n")

    result = lint_imports(copied_tree, "--contract", contract)
    planted.unlink()

    assert f"{CONTRACTS[contract]['name']} BROKEN" in result.stdout, result.stdout + result.stderr
    assert planted.with_suffix("").name in result.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert set(CONTRACTS) == {contract for contract, _, _ in VIOLATIONS}


def test_every_forbidden_name_exists() -> None:
    names = {name for contract in CONTRACTS.values() for name in contract.get("forbidden_modules", [])}

    assert [] == [name for name in sorted(names) if find_spec(name) is None]
