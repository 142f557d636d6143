"""What commands share whose refusals staff may override."""

from dataclasses import dataclass

from loans_service.domain.lending.loan_terms import Override


@dataclass(frozen=True, slots=True, kw_only=True)
class WithOverride:
    """Refusals to override, by their codes, and why. For staff only (`by_staff`)."""

    override_codes: tuple[str, ...] = ()
    override_comment: str = ""
    by_staff: bool = False

    @property
    def override(self) -> Override | None:
        """The override, None without codes."""
        return Override(self.override_codes, self.override_comment) if self.override_codes else None
