"""Reads of season rounds."""
