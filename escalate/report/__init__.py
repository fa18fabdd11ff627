"""Tables for people, from result files only."""
