"""OAuth: where software sends people to sign in, and where it gets and gives back tokens."""
