"""Where visitors and colleagues talk to the assistant."""
