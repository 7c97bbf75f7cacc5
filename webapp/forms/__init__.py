"""Forms: what a page may send, checked before anything is asked of a room."""
