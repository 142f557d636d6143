"""What the role that serves may do in the database: all that the service does there, and no more."""

from shared.persistence.migrating.app_role import Rights

RIGHTS = Rights(
    only_added={
        "policies": (),
        "payments": ("member_id",),  # of whom nobody knows any more
        # Who did something, and what was said about it, is emptied when nobody needs to know any more.
        "loan_history": ("by", "why"),
        "fine_entries": ("by", "why"),
    },
)
