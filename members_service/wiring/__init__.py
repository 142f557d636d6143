"""Says what the service is, and puts its use cases together, a module for each concept, out of what is opened once."""
