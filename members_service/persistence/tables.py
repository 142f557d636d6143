"""All tables of the service together, and the one place where the model is mapped onto them."""

from sqlalchemy.orm import configure_mappers

from members_service.persistence.audit_tables import audit_records
from members_service.persistence.identity.tables import map_accounts
from members_service.persistence.membership.tables import map_members
from members_service.persistence.notices.letters import letters
from members_service.persistence.notices.preferences import notice_preferences
from members_service.persistence.notices.tables import notices
from members_service.persistence.notices.templates import notice_templates
from members_service.persistence.schema import mappers, metadata, plumbing

__all__ = [
    "audit_records",
    "letters",
    "map_model",
    "metadata",
    "notice_preferences",
    "notice_templates",
    "notices",
    "plumbing",
]  # who migrates needs `metadata` with every table in it


def map_model() -> None:
    """Map the model. Call it once per process, before the first session; calling again does nothing."""
    if mappers.mappers:
        return
    map_members()
    map_accounts()
    configure_mappers()
