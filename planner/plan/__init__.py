"""What is answered: the plan's tables and figures; knows no Pyomo."""
