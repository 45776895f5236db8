"""Sourced figures: Ethernet links, component losses, and how MTP compares with MPO."""
