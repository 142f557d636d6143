"""How the catalogue reads and writes files."""
