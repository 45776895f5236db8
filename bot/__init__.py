"""What makes Rasa this assistant: NLU components, channels, stores, the server and the CLI."""
