"""What is true of members and accounts in a library without computers, and of passwords and roles in one with them."""
