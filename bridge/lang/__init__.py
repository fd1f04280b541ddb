"""Everything the bot says, and the words it understands, per language: data, not code."""
