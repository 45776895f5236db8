"""The catalog's pages: look things up, correct one product, bring in a file."""
