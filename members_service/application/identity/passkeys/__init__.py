"""Passkeys: added, shown, named and removed by their owner, and what signs somebody in."""
