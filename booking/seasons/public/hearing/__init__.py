"""Public pages of hearing, adopted timetable, free hours and an organisation's own hours."""
