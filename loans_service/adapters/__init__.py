"""How circulation reaches its neighbours, and reads and writes files."""
