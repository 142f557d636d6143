"""Circulation: who has which copy until when. Decides on loans; asks books and members, and publishes events."""

import shared.lean_imports  # noqa: F401 - comes before whatever it keeps out
