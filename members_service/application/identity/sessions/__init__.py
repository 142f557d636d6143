"""Sessions: what a sign-in begins, and how it goes on and ends."""
