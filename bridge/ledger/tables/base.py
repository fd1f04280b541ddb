"""What every table of a ledger is, and its name and columns as the database knows them."""

from __future__ import annotations

import peewee as pw

database = pw.DatabaseProxy()
"""No database: models are bound to one only while its tables are made (:func:`bridge.ledger.migrations.create`)."""


class Table(pw.Model):
    class Meta:
        database = database
        legacy_table_names = False


def name_of(table: type[Table]) -> str:
    """A table's name in the database."""
    return str(table._meta.table_name)


def columns(table: type[Table]) -> list[str]:
    """The columns of a table, in the order of its model."""
    return [field.column_name for field in table._meta.sorted_fields]
