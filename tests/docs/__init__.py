"""The documentation's own tests: every snippet runs, every link leads somewhere, generated pages are current."""
