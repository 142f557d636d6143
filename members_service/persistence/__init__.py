"""How the service keeps members, accounts and the audit trail in its database: tables, repositories, one transaction."""
