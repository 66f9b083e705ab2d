"""Without probabilities: how long each line lasts when a source stops, and what an outage costs.

Time to survive and impact as Simchi-Levi and others (2014, 2015) define them for supply networks.
"""
