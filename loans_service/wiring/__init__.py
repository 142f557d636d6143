"""Says what the service is, makes its ports, and binds the use cases to them: for the web, background and commands."""
