"""Figures for the dashboard: what happened in a period. Reads only; every value is frozen."""
