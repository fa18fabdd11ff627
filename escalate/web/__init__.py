"""The page that the service serves: plain HTML, CSS and JavaScript, nothing from elsewhere."""
