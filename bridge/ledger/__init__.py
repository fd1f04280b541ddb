"""The memory: tables, inbox, outbox, chain, projections, migrations. The only room with SQL."""
