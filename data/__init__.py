"""The one door to PostGIS and to files: sessions, the private cluster, columns, events, jobs, importing, the demo county."""
