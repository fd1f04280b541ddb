"""What can be seen from outside: health now, the portal later."""
