"""All routes of the service in order, and how its documents introduce them."""

from members_service.api.identity import (
    accounts,
    activation,
    desk_keys,
    discovery,
    passkeys,
    providers,
    recoveries,
    resets,
    rights,
    rights_matrix,
    roles,
    second_factor,
    sessions,
)
from members_service.api.identity.oauth import authorize, by_provider, revocations, tokens
from members_service.api.membership import (
    applications,
    blocks,
    cards,
    categories,
    desk_messages,
    duplicates,
    guardians,
    imports,
    members,
    memberships,
    photos,
    pins,
    printed_cards,
    standing,
    working_lists,
)
from members_service.api.notices import bounced_addresses, kinds, letters, preferences, sending, templates, unsubscribe
from members_service.api.privacy import audit, personal_data
from members_service.domain.statistics import ATOMS, DIMENSIONS
from shared.web.statistics import TAG, statistics_router
from shared.web.uploads import MOST_BYTES

TITLE = "Members"
DESCRIPTION = """Who may use the library, and who somebody is.

Members decides on *standing* (may this member borrow, and if not, why) and keeps the *accounts* with which people and
services sign in. Its access tokens are checked by every service with the public keys at `/.well-known/jwks.json`.
"""
TAGS = (
    {"name": "members", "description": "Memberships, and what they allow today."},
    working_lists.TAG,
    TAG,
    {"name": "imports", "description": "Taking in the members whom another system has kept."},
    {"name": "personal data", "description": "What is known of a person, and how it is erased."},
    {"name": "notices", "description": "What people are told, in which words and by which ways."},
    {"name": "accounts", "description": "What signs in, and with which roles."},
    {
        "name": "rights",
        "description": "Who may do what, and where. See it all in the matrix, or one account in its grants. Change "
        "what a role gives under roles, who has it where under grants, and much at once in the matrix, with a dry "
        "run. Ask with explain why somebody may do something, or may not.",
    },
    {
        "name": "identity providers",
        "description": "Sign-in by a town, a school or a university (OpenID Connect). Put one with `enabled: false`, "
        "try it, then put it again with `enabled: true`.",
    },
    {"name": "audit", "description": "Who did what to whose access or data."},
    {"name": "tokens", "description": "Signing in (OAuth 2) and the keys to check tokens with."},
)
BODY_LIMITS = {
    "/v1/rights/matrix": 2**20,
    "/v1/imports": MOST_BYTES,
    "/v1/categories": 2**20,
    "/v1/members/standing": 2**20,
}
ROUTERS = (
    standing.router,
    pins.router,
    duplicates.router,
    guardians.router,
    preferences.router,
    sending.own_messages,
    members.router,
    memberships.router,
    cards.router,
    photos.router,
    applications.router,
    printed_cards.router,
    categories.router,
    personal_data.router,
    blocks.router,
    desk_messages.router,
    bounced_addresses.router,
    imports.router,
    imports.more,
    preferences.defaults,
    kinds.router,
    templates.router,
    unsubscribe.router,
    sending.settings,
    sending.messages,
    sending.notices,
    sending.bounces,
    letters.router,
    second_factor.router,
    passkeys.router,
    desk_keys.router,
    rights_matrix.router,
    rights.router,
    accounts.router,
    roles.router,
    activation.router,
    resets.router,
    recoveries.router,
    audit.router,
    providers.router,
    authorize.router,
    by_provider.router,
    by_provider.logout,
    tokens.router,
    revocations.router,
    sessions.router,
    discovery.router,
    statistics_router(ATOMS, DIMENSIONS, of="members"),
)
"""Ordered: paths with fixed words are matched before those with an id in the same place."""
