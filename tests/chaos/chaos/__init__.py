"""Random faults with a seed, and what has to hold nevertheless."""
