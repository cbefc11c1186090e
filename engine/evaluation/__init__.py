"""Metrics, pictures of what a model answers, and prediction."""
