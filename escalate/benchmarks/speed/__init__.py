"""How fast a bundle is beside other ways to classify the same sentences."""
