"""Circulation: who has which copy until when. Decides on loans; asks books and members, and publishes events."""
