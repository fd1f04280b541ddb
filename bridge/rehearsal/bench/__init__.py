"""Measuring: how many messages a second reach their tag, and how soon a tag is seen; ratios within one run."""
