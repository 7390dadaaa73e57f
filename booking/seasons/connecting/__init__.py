"""What each part of the rounds connects when Django starts: tabs, letters, jobs, personal data."""
