"""Talk: groups of people who hear each other, the floor that one of them has, and what was said, kept."""
