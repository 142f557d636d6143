"""What the owner of an account is told for its safety, where, and until when."""

from datetime import timedelta

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.warnings import account_changed, code_made, signed_in
from tests.members.makers import ADA, NOW

AT = NOW.isoformat()


def test_the_former_address_is_told_that_the_account_has_changed() -> None:
    told = Occurrence(ADA, NoticeKind.ADDRESS_CHANGED, ADA, NOW, occasion=AT, secret={"to": "ada@old.example"})

    assert told == account_changed(ADA, to="ada@old.example", at=NOW)


def test_who_works_here_is_told_of_a_sign_in_from_elsewhere() -> None:
    told = Occurrence(ADA, NoticeKind.SIGNED_IN, ADA, NOW, occasion=AT, secret={"to": "ada@x.example"})

    assert told == signed_in(ADA, to="ada@x.example", at=NOW)


def test_a_code_goes_to_one_address_while_it_is_good() -> None:
    until = NOW + timedelta(hours=1)
    (kind, *_) = NoticeKind

    made = code_made(ADA, kind, "123-456", to="ada@x.example", at=NOW, until=until)

    secret = {"code": "123-456", "to": "ada@x.example"}
    assert Occurrence(ADA, kind, ADA, NOW, occasion=AT, valid_until=until, secret=secret) == made
