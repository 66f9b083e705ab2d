"""Why a scenario has no plan: the rows that cannot all hold, and the cheapest changes that give it one."""
