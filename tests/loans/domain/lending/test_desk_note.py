from loans_service.domain.borrower import StandingNote
from loans_service.domain.lending.desk_note import DeskNote, NoteOf


def test_a_copy_without_a_note_has_nothing_to_tell() -> None:
    assert () == DeskNote.of_copy(None)


def test_a_desk_is_told_of_a_member_what_is_for_every_branch_or_for_its_own() -> None:
    notes = [StandingNote("Knock."), StandingNote("Ask for the address.", "main"), StandingNote("Ring.", "EAST")]

    told = DeskNote.of_member(notes, branch="MAIN")

    assert (DeskNote(NoteOf.MEMBER, "Knock."), DeskNote(NoteOf.MEMBER, "Ask for the address.")) == told
