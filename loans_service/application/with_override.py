"""What acts share that staff may carry through in spite of refusals."""

from dataclasses import dataclass

from loans_service.domain.lending.loan_terms import Override


@dataclass(frozen=True, slots=True, kw_only=True)
class WithOverride:
    """Refusals that shall not count, by their codes, and why. For staff only (`by_staff`)."""

    override_codes: tuple[str, ...] = ()
    override_comment: str = ""
    by_staff: bool = False

    @property
    def override(self) -> Override | None:
        """What is to be overridden, if anything."""
        return Override(self.override_codes, self.override_comment) if self.override_codes else None
