"""Files and extracts into divisions, cells and the ground; and what every import of places shares."""
