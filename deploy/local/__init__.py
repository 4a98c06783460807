"""The programs of a team's server as processes of this machine, from wheels alone; for the demo, tests and numbers."""
