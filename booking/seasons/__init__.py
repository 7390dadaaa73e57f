"""Season rounds: the weekly hours of a season, wished for, proposed, compared, heard and adopted in the open (N1).

Source: seasons.md. ``rules`` is pure: instance, timetable, entitlement, solver and the reasons know no database.
"""
