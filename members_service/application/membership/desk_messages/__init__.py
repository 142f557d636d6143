"""Messages for the desk about a member."""
