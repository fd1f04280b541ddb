"""For the admin: is everything right, backups, coming back from one. Sees the rooms as the service does."""
