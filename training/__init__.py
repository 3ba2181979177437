"""From history to a model that may serve: labels, data sets, models, evaluation, gates, registry, bundle."""
