"""A network's answers for new rows and images."""
