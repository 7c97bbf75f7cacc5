"""The spatial engine, pure: geometry in, geometry out; no database, no web, no clock, no hidden randomness."""
