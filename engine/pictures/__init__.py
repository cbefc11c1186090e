"""Pictures of what a network answers, as plain data."""
