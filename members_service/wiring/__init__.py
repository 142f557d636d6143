"""Says what the service is, and which adapters are its ports: for the web, background and commands."""
