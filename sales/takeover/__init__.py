"""A colleague answers a visitor in the place of the assistant."""
