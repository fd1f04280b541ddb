"""What admins write: YAML becomes a typed, versioned Policy and Roster, or a list of located problems."""
