"""Political climates as Markov chains: sampled, made a scenario tree, and how near the tree comes to them."""
