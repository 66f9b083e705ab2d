"""Many plans: strategies × scenarios, on the processes of this machine or of a cluster, and their comparison."""
