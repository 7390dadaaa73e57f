"""What happens where, for everybody: calendars on screen, on a wall and on a door, and what one can take part in."""
