"""The desk's working pages: inbox, leads, questions, dashboard."""
