"""Leads: people who asked to be contacted.

Rules are in `lead`, `workflow`, `priority` and `merging`; `store` takes leads in and finds them,
`handling` is what colleagues do with them, `announcing` tells everybody; CSV is in `export`.
"""
