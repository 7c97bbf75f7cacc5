"""The ground: divisions, cells, streets, buildings, places, and who answers for each cell."""
