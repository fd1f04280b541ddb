"""Photos and videos: judged in a process of their own, kept by their fingerprints.

A file that somebody sent is hostile until shown otherwise. `inspect` has it decoded in a fenced-in process
(`worker`, `sandbox`), `archive` keeps its bytes by their SHA-256, `names` gives it a name for people.
"""
