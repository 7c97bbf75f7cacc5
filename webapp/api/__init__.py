"""Answers for programs (our own pages' scripts first of all), one module a noun."""
