"""What people may ask of us about themselves: to see it, to take it along, to put it right, to have it gone."""
