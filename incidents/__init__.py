"""What happened: incidents from report to closing."""
