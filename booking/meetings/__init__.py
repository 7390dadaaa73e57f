"""Dialogue meetings of municipality and organisations: agenda, minutes, and who does what by when (needs N18)."""
