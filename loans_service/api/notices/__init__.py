"""What notices to members ask of lending."""
