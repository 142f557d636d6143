"""What the role that serves may do in the database: all that the service does there, and no more."""

from shared.persistence.migrating.app_role import Rights

RIGHTS = Rights(
    only_added={"audit_records": ()},
    only_read=frozenset({"audit_retention"}),
    functions=("remove_expired_audit_records(integer)",),
)
