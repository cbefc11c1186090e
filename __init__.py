"""nnlab: a neural-network laboratory in the terminal."""

__version__ = "0.1.0"
