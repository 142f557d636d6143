"""Says what the service is, and binds its use cases to what they need: for the web, background and commands."""
