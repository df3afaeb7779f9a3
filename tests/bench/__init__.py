"""Figures of speed and memory, side by side with the physical limit in the same run, as ratios."""
