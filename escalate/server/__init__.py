"""The service: HTTP around one `Predictor`."""

# What it imports beyond the base install, time lines among it: checked at the start, not at the first request for one.
MODULES = (
    "fastapi",
    "uvicorn",
    "httptools",
    "prometheus_client",
    "pydantic_settings",
    "pandas",
    "ruptures",
)
