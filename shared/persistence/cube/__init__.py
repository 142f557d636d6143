"""The cube of a service in its database: where it is kept, added to, read, published and compared."""
