"""Stand-ins for what tests must control: a homeserver in the same process, with faults to order."""
