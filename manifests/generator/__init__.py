"""Pure functions from the code's own facts (settings, tools, models, clients) to the texts that repeat them."""
