from members_service.domain.audit import AuditAction, AuditRecord
from tests.members.makers import ADA, NOW

SEEN = AuditRecord(AuditAction.READ, NOW, by="desk", member_id=ADA, client_id="kiosk", address="192.0.2.1")


def test_another_action_in_the_same_circumstances_is_of_the_same_person_unless_it_is_known_better() -> None:
    expected = {"at": NOW, "member_id": ADA, "client_id": "kiosk", "address": "192.0.2.1"}

    for record, by in ((SEEN.of(AuditAction.MERGED), "desk"), (SEEN.of(AuditAction.MERGED, by=ADA), str(ADA))):
        assert (AuditAction.MERGED, by) == (record.action, record.by)
        assert expected == {name: getattr(record, name) for name in expected}
