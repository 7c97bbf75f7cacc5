"""Who may do what, and where: users, roles over divisions, sessions, login attempts."""
