"""Rivals and tasks that a bundle is compared with."""
