"""What the eye sees."""
