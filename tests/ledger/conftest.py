"""Empty databases, of either kind."""

from tests.databases import database, databases, postgres, server, sqlite

__all__ = ["database", "databases", "postgres", "server", "sqlite"]
