"""What the rooms of the house say to each other: frozen data and ports, no behaviour of its own."""
