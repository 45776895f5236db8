"""The team's pages: who may use the desk, and as what."""
