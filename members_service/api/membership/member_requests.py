"""Requests that describe a member."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from members_service.api.email_address import EmailAddress
from members_service.application.membership.enrol_member import Enrol
from members_service.domain.end_user_address import check_end_user_address
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.guardian import GuardianReference, Permission
from members_service.domain.membership.member_record import LANGUAGE_TAG, ReadingHistory, check_language
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address, Note
from members_service.domain.pin import check_pin
from shared.web.json.strict_json import StrictJsonBody, line, paragraph, read_by

NewCard = Annotated[str, line(60), read_by(CardNumber.parse)]
NewPin = Annotated[str, line(20), read_by(check_pin)]
LanguageTag = Annotated[str, read_by(check_language), Field(json_schema_extra={"pattern": f"^{LANGUAGE_TAG}$"})]
EndUserAddress = Annotated[str, line(60), read_by(check_end_user_address), Field(examples=["203.0.113.7"])]
Day = Annotated[date, Field(ge=date(1900, 1, 1))]
CategoryName = Annotated[str, line(40), Field(examples=["adult"])]
BranchCode = Annotated[str, line(40), Field(description="The code of a branch, as the catalogue has it.")]
PreferredName = Annotated[str, line(100), Field(description="What the member wants to be called.")]
ExternalId = Annotated[str, line(200), Field(description="The key that another system has for the member; unique.")]
HistoryChoice = Annotated[
    ReadingHistory,
    Field(description="What is to be kept of past loans: all, as long as the library keeps them, or nothing."),
]


class AddressRequest(StrictJsonBody):
    """Where somebody lives, as far as it is known."""

    street: Annotated[str, paragraph(300)] | None = None
    postal_code: Annotated[str, line(20)] | None = None
    city: Annotated[str, line(100)] | None = None
    country: Annotated[str, line(60)] | None = Field(None, description="Best the two letters of ISO 3166.")


def address_of(request: AddressRequest | None) -> Address | None:
    return None if request is None else Address.of(**request.model_dump())


class NoteRequest(StrictJsonBody):
    """What staff tell one another about a member."""

    text: Annotated[str, paragraph(1_000)]
    show_at_desk: Annotated[bool, Field(description="Whether it is shown at once when the card is scanned.")] = False

    def note(self) -> Note:
        """Return the note."""
        return Note(self.text, self.show_at_desk)


class GuardianRequest(StrictJsonBody):
    """Another member, by id or by card number, and what that one may do for this member."""

    member_id: UUID | None = None
    card_number: Annotated[str, line(60)] | None = None
    may: Annotated[frozenset[Permission], Field(min_length=1)]
    until: Annotated[Day | None, Field(description="The last day; for a child, until it comes of age if absent.")] = (
        None
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.member_id is None) == (self.card_number is None):
            raise ValueError("name the guardian by exactly one of member_id and card_number")
        return self

    def reference(self) -> GuardianReference:
        """Return the guardian, and what that one may do."""
        return GuardianReference(MemberReference(self.member_id, self.card_number), self.may, self.until)


Notes = Annotated[list[NoteRequest], Field(max_length=20, description="Read by staff only.")]
Guardians = Annotated[list[GuardianRequest], Field(max_length=10)]
Attributes = Annotated[
    dict[str, Any], Field(max_length=50, description="What this library alone wants to know, as its schema says.")
]


class MemberRequest(StrictJsonBody):
    """Who joins. A name and a category are enough: `name`, or `given_name` and `family_name`."""

    name: Annotated[str, line(200)] | None = Field(None, description="What is shown; given and family name if absent.")
    given_name: Annotated[str, line(100)] | None = None
    family_name: Annotated[str, line(100)] | None = None
    title: Annotated[str, line(60)] | None = Field(None, description="The form of address: Mrs, Dr.")
    preferred_name: PreferredName | None = None
    email: EmailAddress | None = Field(None, description="May be shared by a family; the first of them signs in by it.")
    category: CategoryName
    card_number: NewCard | None = Field(None, description="Drawn, with a check digit, if absent.")
    expires_on: Day | None = Field(None, description="The last day of the membership; by category if absent.")
    phone: Annotated[str, line(40)] | None = None
    mobile: Annotated[str, line(40)] | None = None
    other_phone: Annotated[str, line(40)] | None = None
    address: AddressRequest | None = None
    second_address: AddressRequest | None = Field(None, description="Where else letters come, as in the holidays.")
    date_of_birth: Day | None = None
    language: LanguageTag | None = Field(None, description="The language to write to the member in (BCP 47).")
    home_branch: BranchCode | None = None
    external_id: ExternalId | None = None
    notes: Notes = Field(default_factory=list[NoteRequest])
    attributes: Attributes = Field(default_factory=dict[str, Any])
    guardians: Guardians = Field(default_factory=list[GuardianRequest])
    pin: NewPin | None = Field(None, description="4 to 8 digits, for machines; it is never shown.")

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not (self.name or self.given_name or self.family_name):
            raise ValueError("a member has a name: give name, or given_name and family_name")
        return self

    def command(self, *, by: str, by_admin: bool) -> Enrol:
        """Return the command; `by` is who asks."""
        plain = self.model_dump(exclude={"address", "second_address", "notes", "guardians"})
        return Enrol(
            **plain,
            address=address_of(self.address),
            second_address=address_of(self.second_address),
            notes=tuple(note.note() for note in self.notes),
            guardians=[guardian.reference() for guardian in self.guardians],
            by=by,
            by_admin=by_admin,
        )


class OwnMemberPatchRequest(StrictJsonBody):
    """What members may change of themselves (RFC 7396): how to reach them, and what is kept of their loans."""

    email: EmailAddress | None = Field(None, description="Also the address to sign in with, where it is nobody else's.")
    phone: Annotated[str, line(40)] | None = None
    mobile: Annotated[str, line(40)] | None = None
    other_phone: Annotated[str, line(40)] | None = None
    address: AddressRequest | None = None
    second_address: AddressRequest | None = None
    preferred_name: PreferredName | None = None
    language: LanguageTag | None = None
    home_branch: BranchCode | None = None
    reading_history: HistoryChoice = Field(default_factory=lambda: ReadingHistory.DEFAULT)

    def changes(self) -> Mapping[str, Any]:
        """Return what is to change; of an address, the parts that are."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        for name, address in (("address", self.address), ("second_address", self.second_address)):
            if address is not None:
                changes[name] = address.model_dump(include=address.model_fields_set)
        return changes


class MemberPatchRequest(OwnMemberPatchRequest):
    """What is to change (RFC 7396); what is left out stays as it is, and null takes a value away."""

    name: Annotated[str, line(200)] = Field(default_factory=str)
    given_name: Annotated[str, line(100)] | None = None
    family_name: Annotated[str, line(100)] | None = None
    title: Annotated[str, line(60)] | None = None
    category: CategoryName = Field(default_factory=str)
    expires_on: Day = Field(default_factory=lambda: date.max, description="A correction; to go on, renew.")
    date_of_birth: Day | None = None
    external_id: ExternalId | None = None
    notes: Notes | None = None
    attributes: Attributes | None = None
    guardians: Guardians | None = None

    def changes(self) -> Mapping[str, Any]:
        """Return what is to change; null empties notes, guardians and attributes."""
        changes = dict(super().changes())
        if "notes" in changes:
            changes["notes"] = tuple(note.note() for note in self.notes or ())
        if "guardians" in changes:
            changes["guardians"] = [guardian.reference() for guardian in self.guardians or ()]
        if "attributes" in changes:
            changes["attributes"] = self.attributes or {}
        return changes
