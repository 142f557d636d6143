"""How the catalogue speaks to databases, files and the bus."""
