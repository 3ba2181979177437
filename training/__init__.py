"""From history to a model that may serve: labels, data sets, models, evaluation, gates, registry, bundle.

`data` makes the rows to learn from, `contact` learns what contact changes and takes, and `train` puts it all together.
"""
