"""How circulation reaches its database, its neighbours and the broker."""
