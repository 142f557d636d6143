"""What is true of a library's stock with no computer in the house."""
