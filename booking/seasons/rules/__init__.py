"""Sharing out hours, pure: plain values in, timetables and reasons out. No ORM, request, clock or settings."""
