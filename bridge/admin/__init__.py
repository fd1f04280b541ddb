"""For the admin: whether everything is right, backups, and coming back from one. Sees the rooms as the service does."""
