"""What somebody can ask of membership and identity, one use case per file."""
