"""Questions that the assistant did not know."""
