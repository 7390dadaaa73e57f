"""Works: told in time, heard and answered before the ground is taken (needs N6, N7, N8)."""
