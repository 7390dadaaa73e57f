"""Calendars in: calendars of others that block our time or stand beside it, and lists of hours taken in once."""
