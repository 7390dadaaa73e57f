"""What holds for works, as pure decisions."""
