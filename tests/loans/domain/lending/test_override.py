import pytest

from loans_service.domain.borrower import MemberBlocked, MemberLeaving
from loans_service.domain.lendable_copy import CopyOnLoan
from loans_service.domain.lending.loan_terms import Override
from loans_service.domain.lending.override import OverrideForbidden, apply_override
from shared.kernel.errors import LibraryError

FOUND: list[LibraryError] = [MemberBlocked("Blocked."), MemberLeaving("Leaving."), CopyOnLoan()]


def test_what_nobody_can_override_is_told_by_its_codes_in_order() -> None:
    override = Override(("member-leaving", "copy-on-loan", "member-blocked"), "Really.")

    with pytest.raises(OverrideForbidden) as refused:
        apply_override(FOUND, override, by_staff=True)

    told = "Nobody can override copy-on-loan, member-leaving."
    assert (told, {"codes": ["copy-on-loan", "member-leaving"]}) == (refused.value.detail, refused.value.figures)


def test_whoever_is_not_of_the_staff_overrides_nothing_and_is_told_what_to_do() -> None:
    with pytest.raises(OverrideForbidden) as refused:
        apply_override(FOUND, Override((), ""), by_staff=False)

    assert "Only staff may override refusals. Send the request without `override`." == refused.value.detail
    assert tuple(FOUND) == apply_override(FOUND, None, by_staff=False)
