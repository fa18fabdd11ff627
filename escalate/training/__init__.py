"""Fine-tuning an encoder on labelled sentences, and exporting it as a bundle."""
