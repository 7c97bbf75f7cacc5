"""Reading operators' files: formats, column mapping, and the report of every refused row."""
