"""How membership speaks to its database, to key files and to the password hasher."""
