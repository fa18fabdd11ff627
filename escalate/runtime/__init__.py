"""Ways to run a bundle's network."""
