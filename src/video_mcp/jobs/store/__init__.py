"""The jobs table: ledger, rows and tables."""
