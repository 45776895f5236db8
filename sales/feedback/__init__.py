"""What visitors think of the answers and of the conversation."""
