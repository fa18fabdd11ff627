"""The service: HTTP around one `Predictor`."""
