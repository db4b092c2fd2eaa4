"""The live picture: which topics exist, and how a change is told (inside the verb's transaction)."""
