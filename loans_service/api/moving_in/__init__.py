"""Files of what another system has kept."""
