"""Writes of season rounds: one function per use case."""
