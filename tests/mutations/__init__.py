"""Ways to spoil a plan, each with the rule of the audit that must catch it.

A mutation looks for a place where it can be made: it works on any plan that has one.
"""

from tests.mutations import demand, form, licences, money, stock, supply
from tests.mutations.draft import MUTATIONS, Draft, Mutation, NoPlace

__all__ = ["MUTATIONS", "Draft", "Mutation", "NoPlace", "demand", "form", "licences", "money", "stock", "supply"]
