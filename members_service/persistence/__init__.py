"""How the service keeps what it knows in its database: tables, repositories and the one transaction."""
