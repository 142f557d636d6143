"""How the service speaks to key files, to the password hasher, to neighbours, and in file formats."""
