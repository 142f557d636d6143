"""Membership and identity: who may use the library, and who somebody is. Judges standing; issues tokens."""
