"""Reading, checking and building the labelled data."""
