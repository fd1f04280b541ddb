"""Reading time in messages: items, the words of a language, and what stands together."""
