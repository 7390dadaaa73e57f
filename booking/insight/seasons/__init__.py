"""Figures of use by season: what a round gave, what was given up and taken, what was used (needs N1, N16, N17)."""
