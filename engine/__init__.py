"""What does the work: torch, and nothing that prints."""
