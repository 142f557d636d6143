"""Events between services: from the outbox to a bus, and from the bus to a listener, each taking effect once."""
