"""The rehearsal: an embedded Synapse, real encrypted clients for the demo staff, and the story they play.

Nothing in here runs in production. ``environment`` makes Python environments from lock files, ``homeserver`` starts
a Synapse in one of them, ``client`` is a person with a Matrix client, ``messages`` the shapes such a client sends.
"""
