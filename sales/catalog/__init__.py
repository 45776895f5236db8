"""The products: part numbers, validity, import and search."""
