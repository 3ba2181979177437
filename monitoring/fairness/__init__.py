"""Fairness for an auditor: who is offered what, contacted and insured by protected groups, and what the gates did."""
