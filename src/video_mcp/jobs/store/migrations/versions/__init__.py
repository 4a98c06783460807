"""One module for each shape that the ledger has had."""
