"""The groups of `fiberbot` commands."""
