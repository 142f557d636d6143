"""A contract that guards nothing looks like one that holds: so break each of them, in a copy of the tree.

All violations are planted at once, each in a file of its own: to read all imports takes seconds.
"""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.checkout import CONTRACTS, PACKAGES, ROOT, lint_imports

# contract, file to plant, what it says
VIOLATIONS = [
    ("rooms", "loans_service/domain/planted_1.py", "import loans_service.application"),
    ("rooms", "loans_service/api/planted_2.py", "import loans_service.adapters"),
    ("rooms", "books_service/adapters/planted_3.py", "import books_service.settings"),
    ("rooms", "members_service/adapters/planted_4.py", "import members_service.wiring"),
    ("rooms", "books_service/persistence/planted_64.py", "import books_service.application"),
    ("rooms", "books_service/domain/planted_65.py", "import books_service.persistence"),
    ("rooms", "members_service/persistence/planted_71.py", "import members_service.application"),
    ("rooms", "members_service/domain/planted_72.py", "import members_service.persistence"),
    ("rooms", "loans_service/persistence/planted_80.py", "import loans_service.application"),
    ("rooms", "members_service/utils.py", ""),
    ("rooms", "books_service/worker.py", "import books_service.main"),
    ("rooms", "books_service/wiring/planted_60.py", "import books_service.main"),
    ("contexts", "loans_service/adapters/planted_5.py", "import books_service.main"),
    (
        "members-order-inside",
        "members_service/domain/membership/planted_6.py",
        "from members_service.domain import identity",
    ),
    (
        "members-order",
        "members_service/application/membership/planted_90.py",
        "import members_service.application.notices",
    ),
    (
        "members-order",
        "members_service/application/identity/planted_7.py",
        "import members_service.application.privacy",
    ),
    (
        "membership-alone",
        "members_service/application/membership/planted_8.py",
        "import members_service.domain.identity",
    ),
    (
        "membership-alone",
        "members_service/api/membership/planted_9.py",
        "import members_service.persistence.unit_of_work",
    ),
    (
        "members-order-inside",
        "members_service/persistence/membership/planted_73.py",
        "import members_service.persistence.identity",
    ),
    (
        "membership-alone",
        "members_service/persistence/membership/planted_74.py",
        "import members_service.domain.identity",
    ),
    (
        "identity-alone",
        "members_service/application/identity/planted_75.py",
        "import members_service.persistence.membership",
    ),
    (
        "members-order-inside",
        "members_service/domain/notices/planted_91.py",
        "import members_service.domain.membership",
    ),
    ("identity-alone", "members_service/adapters/identity/planted_10.py", "import members_service.domain.membership"),
    ("loans-order", "loans_service/domain/rules/planted_41.py", "import loans_service.domain.lending"),
    ("loans-order", "loans_service/domain/fines/planted_42.py", "import loans_service.domain.holds"),
    ("loans-order", "loans_service/application/holds/planted_43.py", "import loans_service.application.lending.views"),
    ("loans-order", "loans_service/application/lending/planted_44.py", "import loans_service.application.privacy"),
    ("loans-order", "loans_service/persistence/fines/planted_81.py", "import loans_service.persistence.lending"),
    ("books-order", "books_service/domain/catalogue/planted_50.py", "import books_service.domain.stock"),
    ("books-order", "books_service/application/stock/planted_51.py", "import books_service.application.exchange"),
    ("books-order", "books_service/application/search/planted_52.py", "import books_service.application.stock"),
    ("books-order", "books_service/persistence/catalogue/planted_53.py", "import books_service.persistence.stock"),
    ("pure-core", "loans_service/domain/planted_11.py", "import sqlalchemy"),
    ("pure-core", "books_service/domain/planted_12.py", "from structlog import get_logger"),
    ("pure-core", "members_service/domain/planted_13.py", "import shared.persistence"),
    ("pure-core", "shared/kernel/planted_14.py", "import pydantic"),
    ("plain-application", "books_service/application/planted_66.py", "from structlog import get_logger"),
    ("plain-application", "books_service/application/catalogue/planted_67.py", "import sqlalchemy"),
    ("plain-application", "books_service/application/stock/queries/planted_68.py", "import httpx"),
    ("plain-application", "members_service/application/planted_76.py", "import shared.persistence"),
    ("plain-application", "members_service/application/membership/planted_77.py", "import sqlalchemy"),
    ("plain-application", "loans_service/application/holds/planted_82.py", "import sqlalchemy"),
    ("persistence-below", "books_service/persistence/planted_69.py", "import shared.outgoing_http"),
    ("persistence-below", "members_service/persistence/planted_78.py", "import httpx"),
    ("persistence-below", "loans_service/persistence/planted_83.py", "import shared.web"),
    ("still-domain", "members_service/domain/planted_15.py", "import asyncio"),
    ("thin-edges", "loans_service/api/planted_16.py", "import httpx"),
    ("thin-edges", "books_service/listeners/planted_40.py", "import sqlalchemy"),
    ("thin-edges", "books_service/api/planted_70.py", "import books_service.persistence"),
    ("thin-edges", "members_service/api/planted_79.py", "import members_service.persistence"),
    ("thin-edges", "loans_service/listeners/planted_84.py", "import loans_service.persistence"),
    ("machines-over-http", "loans_service/sip2/planted_41.py", "import loans_service.application"),
    ("rooms", "loans_service/sip2/planted_42.py", "import loans_service.settings"),
    ("one-home", "members_service/adapters/planted_18.py", "from jose import jwt"),
    ("one-home", "loans_service/adapters/planted_19.py", "import aio_pika"),
    ("shared-is-below", "shared/messaging/planted_20.py", "import loans_service"),
    ("shared-shelves", "shared/kernel/planted_21.py", "import shared.web"),
    ("shared-shelves", "shared/persistence/planted_22.py", "import shared.messaging"),
    ("shared-shelves", "shared/web/planted_23.py", "import shared.service"),
    ("shared-shelves", "shared/web/planted_24.py", "import shared.command_line"),
    ("shared-shelves", "shared/service/planted_25.py", "import shared.command_line"),
    ("shared-shelves", "shared/utils.py", ""),
    ("web-for-who-serves", "loans_service/wiring/planted_61.py", "import loans_service.api.routes"),
    ("web-for-who-serves", "members_service/wiring/planted_62.py", "import fastapi"),
    ("web-for-who-serves", "shared/operating/planted_63.py", "import shared.service.web"),
    ("not-a-library", "books_service/planted_40.py", "import deploy.local"),
]


HEADINGS = re.compile(r"^(.+)\n-+\n", re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each contract that is broken in a copy with every violation, by its name."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "assets"))
    for _, file, line in VIOLATIONS:
        (copy / file).write_text(f"{line}\n")
    result = lint_imports(copy)
    _, broken, details = result.stdout.partition("Broken contracts")
    assert broken, result.stdout + result.stderr
    parts = HEADINGS.split(details)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_planted_violation_is_caught(told: dict[str, str], contract: str, file: str, line: str) -> None:
    name = CONTRACTS[contract]["name"]

    assert name in told, f"nothing was said about {line!r} in {file}"
    assert re.search(rf"\b{Path(file).stem}\b", told[name]), told[name]


def test_no_two_violations_share_a_file() -> None:
    assert len(VIOLATIONS) == len({file for _, file, _ in VIOLATIONS})


def test_every_contract_has_a_planted_violation() -> None:
    assert set(CONTRACTS) == {contract for contract, _, _ in VIOLATIONS}


def test_every_forbidden_name_exists() -> None:
    names = {name for contract in CONTRACTS.values() for name in contract.get("forbidden_modules", [])}

    assert [] == [name for name in sorted(names) if find_spec(name) is None]
