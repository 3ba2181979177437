"""The audit trail: who looked at whom, who changed what, when, and from where. It tells no name, number or note.

`trail` takes entries down, `chain` keeps them so that nothing can be changed, left out or put in another order
unseen, `record` reads them back, `checking` looks whether they are all there.
"""
