"""What is sent to the library when it is to be overloaded, and what becomes of it."""
