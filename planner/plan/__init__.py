"""What is answered: the plan's tables, figures and audit; knows no Pyomo."""
