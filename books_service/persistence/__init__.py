"""How the catalogue keeps what it knows: tables, their mapping, repositories, and the one transaction over them."""
