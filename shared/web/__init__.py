"""HTTP, the same in all services: refusals, authentication, idempotency, pagination, documentation and serving."""
