"""Reading operators' files: formats, declared coordinate systems, column mapping, and the report of every refused row."""
