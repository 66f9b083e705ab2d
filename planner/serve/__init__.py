"""The upload page: `planner serve`, its pages and its REST API, on one store and one engine."""
