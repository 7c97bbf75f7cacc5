"""Who walks where and when, and what really happened: teams, shifts, route plans, sessions, positions."""
