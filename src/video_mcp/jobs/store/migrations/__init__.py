"""The ledger's shapes, one Alembic revision each; `upgrade` brings a database to the newest."""
