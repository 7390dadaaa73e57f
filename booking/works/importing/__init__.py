"""Works from other programs: our own GeoJSON, and WZDx 4.x work zones. Drafts that a planner then goes on with."""
