"""Pages about proposals: the list, one with its grid, comparing, printing; making and changing drafts; the meeting."""
