"""What the role that serves may do in the database: all that the service does there, and no more."""

from shared.persistence.migrating.app_role import Rights

RIGHTS = Rights(only_added={"changes": ()})
