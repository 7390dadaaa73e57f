"""Meetings for everybody, and for those who are invited."""

from booking.meetings.public.pages import answer, done, drop, meeting, meetings, paper, point, point_withdraw

__all__ = ["answer", "done", "drop", "meeting", "meetings", "paper", "point", "point_withdraw"]
