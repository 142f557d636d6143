"""Events of other services that the catalogue follows."""
