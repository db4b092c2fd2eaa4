"""A town in a box: a district with its roads, houses and people, and a running day over the public protocols."""
