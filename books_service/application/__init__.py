"""What the catalogue can be asked to do or to show."""
