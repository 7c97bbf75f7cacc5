"""The one door to PostGIS and to files: sessions, private cluster, columns, events, jobs, importing, the demo."""
