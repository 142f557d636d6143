"""What somebody can ask of circulation, one use case per file."""
