"""The people who sell: who they are and what they may do."""
