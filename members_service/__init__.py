"""Membership and identity: who may use the library, and who somebody is. Judges standing; issues tokens."""

import shared.lean_imports  # noqa: F401 - comes before whatever it keeps out
