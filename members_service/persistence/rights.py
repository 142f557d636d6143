"""The rights of the role that serves: what the service does in the database, and no more."""

from shared.persistence.migrating.app_role import Rights

RIGHTS = Rights(
    only_added={"audit_records": ()},
    only_read=frozenset({"audit_retention"}),
    functions=("remove_expired_audit_records(integer)",),
)
