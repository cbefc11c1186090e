"""Layers and families of networks."""
