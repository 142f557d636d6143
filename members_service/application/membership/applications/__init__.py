"""Those who want to join, and have said so online."""
