"""Whom the undo of an import takes back, and whom it leaves."""

from uuid import UUID

import pytest

from members_service.domain.taking_back import ImportedMember, MemberInUse
from shared.kernel.import_undo import ChangedSinceImport

ADA, KIM = UUID(int=1), UUID(int=2)
AS_IT_CAME = ImportedMember(ADA, "A1", 1)


def test_who_is_as_the_import_left_the_record_goes() -> None:
    AS_IT_CAME.expect_unused(imported_version=1, version=1, borrows=False)


def test_who_was_changed_since_stays() -> None:
    with pytest.raises(ChangedSinceImport):
        AS_IT_CAME.expect_unused(imported_version=1, version=2, borrows=False)


def test_who_borrows_stays() -> None:
    with pytest.raises(MemberInUse, match="a loan, a hold or a charge"):
        AS_IT_CAME.expect_unused(imported_version=1, version=1, borrows=True)


def test_everything_that_hangs_on_a_member_is_named() -> None:
    used = ImportedMember(ADA, "A1", 1, has_account=True, has_photo=True, has_messages=True, wards=frozenset({KIM}))
    with pytest.raises(MemberInUse, match="uses an account") as refused:
        used.expect_unused(imported_version=1, version=1, borrows=False)
    assert {"what": "account, photo, desk_messages, wards"} == refused.value.figures
