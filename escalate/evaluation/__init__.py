"""Measuring a bundle on labelled sentences."""
